# The loop of the Ruby runtime: ask for an invocation, call the handler, post what it returned.

require 'json'
require 'stringio'
require_relative 'api'
require_relative 'context'

module InvokedRuntime
  class << self
    # Of the invocation that runs, for log lines.
    attr_accessor :request_id
  end

  # `file.method` or `file.Class.method`, where the class may be nested in modules.
  class Handler
    FORMS = 'must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds with an existing Ruby ' \
            'source file FILENAME.rb, CLASS is an optional module/class namespace and METHOD is a callable method. ' \
            'If using CLASS, METHOD must be a class-level method.'.freeze

    attr_reader :file

    def initialize(name)
      parts = name.split('.')
      raise ArgumentError, "Invalid handler #{parts}, #{FORMS}" unless parts.size.between?(2, 3)

      @file = parts.first
      @namespace = parts[1] if parts.size == 3
      @method = parts.last
    end

    def call(event, context)
      # A method outside of any class belongs to every object.
      receiver = @namespace ? Kernel.const_get(@namespace) : TOPLEVEL_BINDING.receiver
      receiver.__send__(@method, event: event, context: context)
    end
  end

  class Runner
    # As AWS's client ends.
    EXIT_CRITICAL = 255
    EXIT_INIT = 252

    def initialize(address)
      @api = RuntimeApi.new(address)
    end

    def run(name)
      $stdout.sync = true
      $stderr.sync = true
      watch_for_loggers
      handler = load_handler(name)
      loop { serve(handler) }
    end

    private

    def load_handler(name)
      task = ENV.fetch('LAMBDA_TASK_ROOT')
      $LOAD_PATH.unshift(task) unless $LOAD_PATH.include?(task)
      Handler.new(name).tap { |handler| require handler.file }
    rescue Exception => e
      failure = described(e, 'Init', "Init error when loading handler #{name}")
      @api.post_init_error(failure)
      exit!(EXIT_INIT)
    end

    def serve(handler)
      invocation = @api.next_invocation
      headers = invocation.headers
      request_id = InvokedRuntime.request_id = headers['lambda-runtime-aws-request-id']
      ENV['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id']
      begin
        event = headers['content-type'] == 'application/json' ? JSON.parse(invocation.body) : invocation.body
        payload, type = marshalled(handler.call(event, LambdaContext.new(headers)))
      rescue NameError, ScriptError, SystemExit, SignalException, NoMemoryError, SystemStackError => e
        # The function is broken, and not just this invocation.
        @api.post_error(request_id, described(e, 'Function', 'Critical exception from handler'))
        exit!(EXIT_CRITICAL)
      rescue StandardError => e
        return @api.post_error(request_id, described(e, 'Function', 'Error raised from handler method'))
      end
      @api.post_response(request_id, payload, type)
    end

    def marshalled(value)
      case value
      when StringIO, IO then [value.read, 'application/unknown']
      else [JSON.dump(value), 'application/json']
      end
    end

    def described(error, phase, message)
      require_relative 'errors'
      require_relative 'logging'
      Failure.new(error, phase).tap { |failure| Log.error(failure, message) }
    end

    # Most functions load `logger` themselves, if at all; it is not loaded for others.
    def watch_for_loggers
      TracePoint.new(:class) do |point|
        # Asked this way, because a class may have another `name`.
        next unless Module.instance_method(:name).bind_call(point.self) == 'Logger'

        point.disable
        require_relative 'logging'
        Logger.prepend(LoggerPatch)
      end.enable
    end
  end
end
