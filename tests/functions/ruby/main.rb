# A function of a few behaviours: the event says what to do.

require 'logger'
require 'stringio'

LOGGER = Logger.new($stdout)

def described(context)
  {
    'request_id' => context.aws_request_id,
    'function_arn' => context.invoked_function_arn,
    'function_name' => context.function_name,
    'function_version' => context.function_version,
    'memory_mb' => context.memory_limit_in_mb,
    'log_group' => context.log_group_name,
    'log_stream' => context.log_stream_name,
    'remaining_ms' => context.get_remaining_time_in_millis,
    'client_context' => context.client_context,
    'trace_id' => ENV['_X_AMZN_TRACE_ID'],
    'directory' => Dir.pwd
  }
end

def failing
  raise ArgumentError, 'no such thing'
end

def handler(event:, context:)
  case event['do']
  when 'context' then described(context)
  when 'raise' then failing
  when 'name' then no_such_name
  when 'exit' then exit(7)
  when 'log'
    %i[debug info warn error].each { |level| LOGGER.public_send(level, "this is #{level}") }
    puts 'plain'
  when 'bytes' then StringIO.new("\x00\xff".b)
  when 'version' then RUBY_VERSION
  when 'gem' then [require('from_layer'), FROM_LAYER]
  when 'nan' then Float::NAN
  else event
  end
end

module Deep
  class Down
    def self.handler(event:, context:)
      "#{context.function_name} #{event}"
    end
  end
end
