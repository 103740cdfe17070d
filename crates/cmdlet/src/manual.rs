//! What the help and the manual page say beyond the tables of parameters and options.

pub(crate) const SYNOPSIS: &str =
    "Invokes a function through the AWS Lambda API and prints its answer.";

pub(crate) const DESCRIPTION: [&str; 4] = [
    "Calls the Invoke operation of the AWS Lambda API, of AWS or of any server that speaks it, and prints the answer. RequestResponse waits until the function has answered, however long it runs; Event returns when the invocation is queued; DryRun runs nothing.",
    "A function that fails is still an answer: it is printed, warned about on standard error, and the exit status stays 0 unless --fail-on-function-error is given.",
    "Names may be written in any case and shortened while they stay unambiguous: -Fu for -FunctionName. A value follows after a space or a colon: -Qualifier 1, -Qualifier:1. A value that itself spells a parameter needs the colon: -Payload:-Force. -- ends the parameters. Quote '*', '^Name' and '$LATEST', or the shell replaces them.",
    "A request is sent again only when it cannot have reached a function: no connection was made, or the server answered 429.",
];

pub(crate) const INPUTS: &str = "Without FunctionName, or with --stdin, standard input is the pipeline, and each of its records is invoked before the next is read. Lines are names of functions. JSON objects, one after the other or in an array, bind their properties to the parameters of the same name that the command line leaves free. An object with AccessKeyId and SecretAccessKey is a Credential, one with UserName and Password a NetworkCredential.";

pub(crate) const OUTPUTS: &str = "Amazon.Lambda.Model.InvokeResponse: a list on a terminal, a JSON object on one line in a pipe, or what -Select chooses. A payload selected in a pipe is its exact bytes, with a line break after each when there are several records.";

pub(crate) const EXIT_STATUS: [(&str, &str); 5] = [
    (
        "0",
        "an answer was printed, or nothing was to be invoked (-WhatIf, -Confirm)",
    ),
    (
        "1",
        "the service, the network, the credentials or a record failed",
    ),
    (
        "2",
        "the command line or a value is wrong; nothing was sent for it",
    ),
    ("3", "the function failed, with --fail-on-function-error"),
    ("130", "interrupted"),
];

pub(crate) const ENVIRONMENT: [(&str, &str); 9] = [
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        "keys, when the command line has neither keys nor a profile",
    ),
    ("AWS_PROFILE", "the profile, when there are no keys either"),
    (
        "AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE",
        "where profiles are, without -ProfileLocation",
    ),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        "the region, without -Region",
    ),
    (
        "AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL",
        "the server, without -EndpointUrl; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true passes over them",
    ),
    (
        "LM_NETWORK_PASSWORD",
        "the password that belongs to -NetworkCredential USER",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "proxies; names in small letters go first, and no proxy leads to this machine",
    ),
    (
        "AWS_CA_BUNDLE",
        "a file of certificates to trust instead of the system's",
    ),
    ("NO_COLOR", "set to anything, no colours"),
];

pub(crate) const EXAMPLES: [(&str, &str); 8] = [
    (
        "Invoke-LMFunction hello '{\"name\":\"Ada\"}'",
        "Invokes hello and prints the whole answer.",
    ),
    (
        "Invoke-LMFunction hello -PayloadStream @event.json -Select Payload > answer.json",
        "Sends a file, byte for byte, and keeps exactly what the function answered.",
    ),
    (
        "Invoke-LMFunction hello -Qualifier '$LATEST' -LogType Tail",
        "Shows the end of the log with the answer.",
    ),
    (
        "Invoke-LMFunction hello -InvocationType Event -ProfileName dev",
        "Queues the invocation as the profile dev and does not wait for it.",
    ),
    (
        "Invoke-LMFunction hello -InvocationType Event --wait -Select Payload",
        "Queues the invocation on a server of Invoked, and gives its result when it has ended.",
    ),
    (
        "Invoke-LMFunction hello -EndpointUrl http://127.0.0.1:9000 --fail-on-function-error",
        "Calls a local server, and fails when the function does.",
    ),
    (
        "aws lambda list-functions --query Functions | Invoke-LMFunction -Confirm --keep-going",
        "Invokes every function that is listed, and asks before each.",
    ),
    (
        "Invoke-LMFunction hello --stdin -Select Payload < records.jsonl",
        "Invokes hello once for each object of a file, with the Payload that the object has.",
    ),
];

pub(crate) const LINK: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html";
