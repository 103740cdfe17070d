# The Runtime API 2018-06-01 over one kept connection: just as much HTTP/1.1 as it speaks. `net/http`
# would take longer to load than everything here takes to run.

require 'socket'

module InvokedRuntime
  # An answer of the Runtime API. The names of headers are in lower case.
  Reply = Struct.new(:status, :headers, :body)

  class RuntimeApi
    def initialize(address)
      @address = address
      @host, _, port = address.rpartition(':')
      @port = port.to_i
      @connection = nil
    end

    # Waits for an invocation.
    def next_invocation
      reply = exchange('GET', 'invocation/next')
      raise "Failed to get next invocation. Http Response code: #{reply.status}" unless reply.status == 200

      reply
    end

    def post_response(request_id, payload, content_type)
      post("invocation/#{request_id}/response", payload, 'Content-Type' => content_type)
    end

    def post_error(request_id, error)
      post("invocation/#{request_id}/error", error.payload, headers_of(error))
    end

    def post_init_error(error)
      post('init/error', error.payload, headers_of(error))
    end

    private

    def headers_of(error)
      { 'Content-Type' => 'application/json', 'Lambda-Runtime-Function-Error-Type' => error.header }
    end

    def post(path, payload, headers)
      reply = exchange('POST', path, payload, headers)
      return if reply.status.between?(200, 299)

      # The function is told why its answer was not taken, and lives on, as with AWS's client.
      warn "Failed to post to #{path}. Http response code: #{reply.status}. #{reply.body}"
    end

    # One request, sent once, and its answer.
    def exchange(method, path, payload = nil, headers = {})
      head = "#{method} /2018-06-01/runtime/#{path} HTTP/1.1\r\nHost: #{@address}\r\n"
      head << "User-Agent: invoked-ruby/#{RUBY_VERSION}\r\n"
      headers.each { |name, value| head << "#{name}: #{value}\r\n" }
      head << "Content-Length: #{payload.bytesize}\r\n" if payload
      head << "\r\n"
      connected.write(head.b, (payload || '').b)
      reply = receive
      disconnect if reply.headers['connection'].to_s.casecmp?('close')
      reply
    rescue Exception
      # Half an exchange, such as a signal handler that raises, must not be taken up again.
      disconnect
      raise
    end

    # The connection, made again if the other side has ended it since the last answer.
    def connected
      disconnect if @connection&.wait_readable(0)
      @connection ||= TCPSocket.new(@host, @port).tap do |socket|
        socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      end
    end

    def disconnect
      @connection&.close
      @connection = nil
    end

    def receive
      status = line.split(' ', 3)[1].to_i
      headers = {}
      until (header = line).empty?
        name, value = header.split(':', 2)
        headers[name.downcase] = value.strip
      end
      body = headers['transfer-encoding'].to_s.casecmp?('chunked') ? chunks : exactly(headers['content-length'].to_i)
      Reply.new(status, headers, body.force_encoding(Encoding::UTF_8))
    end

    def line
      text = @connection.gets("\r\n") or raise EOFError, 'the Runtime API ended the connection'
      text.chomp("\r\n")
    end

    def exactly(length)
      body = length.zero? ? +'' : @connection.read(length)
      raise EOFError, 'the Runtime API ended the connection' unless body && body.bytesize == length

      body
    end

    def chunks
      body = +''.b
      until (length = line.to_i(16)).zero?
        body << exactly(length)
        line
      end
      line
      body
    end
  end
end
