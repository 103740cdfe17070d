# Starts a Ruby function: waits to be told which, if it was started ahead of time, and serves.
# Everything else is in the files beside this one.

if ENV.key?('_INVOKED_WAITS')
  require_relative 'wait'
  InvokedRuntime.wait
end
require_relative 'runtime'
InvokedRuntime::Runner.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API')).run(ENV.fetch('_HANDLER'))
