# How lines of the standard library's `Logger` look, and those about errors. Loaded when a function loads `logger`, or fails.

require 'json'

module InvokedRuntime
  module Log
    JSON_LINES = ENV['AWS_LAMBDA_LOG_FORMAT'].to_s.casecmp?('json')
    LEVELS = { 'TRACE' => 0, 'DEBUG' => 0, 'INFO' => 1, 'WARN' => 2, 'ERROR' => 3, 'FATAL' => 4 }.freeze
    LEVEL = LEVELS.fetch(ENV['AWS_LAMBDA_LOG_LEVEL'].to_s, 0)

    module_function

    def line(level, message, more = {})
      now = Time.now.utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ')
      JSON.generate({ timestamp: now, level: level, message: message, requestId: InvokedRuntime.request_id }.merge(more).compact)
    end

    # Says what went wrong.
    def error(failure, message)
      if !JSON_LINES
        $stdout.puts message, JSON.pretty_generate(failure.fields)
      elsif LEVEL <= LEVELS.fetch('ERROR')
        $stdout.puts line('ERROR', message, failure.fields)
      end
    end
  end

  # Gives a logger of the function the form of AWS's, unless the function gives it one.
  module LoggerPatch
    TEXT = '%<initial>s, [%<time>s #%<process>d] %<level>5s %<request>s -- %<program>s: %<message>s'

    def initialize(target = nil, *rest, **options)
      super
      return unless [$stdout, $stderr, STDOUT, STDERR].include?(target)

      self.formatter ||= Log::JSON_LINES ? method(:invoked_json) : method(:invoked_text)
      self.level = Log::LEVEL if Log::JSON_LINES && !options.key?(:level)
    end

    private

    def invoked_json(level, _time, _program, message)
      "#{Log.line(level, invoked_words(message))}\n"
    end

    def invoked_text(level, time, program, message)
      fields = { initial: level[0], time: time.strftime('%Y-%m-%dT%H:%M:%S.%6N'), process: Process.pid, level: level }
      words = { request: InvokedRuntime.request_id, program: program, message: invoked_words(message) }
      "#{format(TEXT, fields.merge(words))}\n"
    end

    def invoked_words(message)
      case message
      when String then message
      when Exception then "#{message.message} (#{message.class})\n#{message.backtrace&.join("\n")}"
      else message.inspect
      end
    end
  end
end
