// A function on AWS's own client for Go: it echoes, fails or streams as the event says.
package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type request struct {
	Echo   string   `json:"echo"`
	Fail   string   `json:"fail"`
	Stream []string `json:"stream"`
}

// failing reads as its text and ends in an error, if it has one. It has nothing that JSON shows:
// only then the client streams what it reads.
type failing struct {
	text io.Reader
	err  error
}

func (f failing) Read(into []byte) (int, error) {
	read, err := f.text.Read(into)
	if err == io.EOF && f.err != nil {
		err = f.err
	}
	return read, err
}

func handler(_ context.Context, event request) (any, error) {
	var err error
	if event.Fail != "" {
		err = errors.New(event.Fail)
	}
	if event.Stream != nil {
		return failing{strings.NewReader(strings.Join(event.Stream, "")), err}, nil
	}
	if err != nil {
		return nil, err
	}
	return map[string]string{"echo": event.Echo, "function": lambdacontext.FunctionName}, nil
}

func main() {
	lambda.Start(handler)
}
