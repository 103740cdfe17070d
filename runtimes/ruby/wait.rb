# Waits to be told which function this is, in a process that was started ahead of time. What is told is
# the environment, on standard input; the function's files are there when it has been read to its end.

require 'json'
require 'socket'
require 'stringio'

module InvokedRuntime
  def self.wait
    told = $stdin.binmode.read
    # Nobody needs this process.
    exit!(0) if told.empty?
    $stdin.reopen(File::NULL)
    ENV.delete('_INVOKED_WAITS')
    told.force_encoding(Encoding::UTF_8).split("\0").each do |variable|
      name, value = variable.split('=', 2)
      ENV[name] = value unless ENV[name] == value
    end
    Dir.chdir(ENV.fetch('LAMBDA_TASK_ROOT'))
  end
end
