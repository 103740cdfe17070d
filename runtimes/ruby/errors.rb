# What a caller hears of an error, in the form that AWS's client gives it.

require 'json'

module InvokedRuntime
  # An error of the function. `phase` says where: `Function`, `Init` or `Runtime`.
  class Failure
    # Error types that name a class of Ruby itself; others are the function's own business.
    OPEN = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze
    TRACE_LINES_MAX = 100

    def initialize(error, phase)
      @error = error
      @type = "#{phase}<#{error.class}>"
    end

    # What the platform is told in a header.
    def header
      OPEN.include?(@error.class.to_s) ? @type : 'Function<UserException>'
    end

    def fields
      { errorMessage: readable(@error.message), errorType: @type, stackTrace: trace }
    end

    def payload
      JSON.generate(fields)
    end

    private

    # The function's part of the way to the error.
    def trace
      places = @error.backtrace_locations || []
      places = places.first(TRACE_LINES_MAX).map(&:to_s)
      places.take_while { |place| !place.start_with?(__dir__) }.reject { |place| place.start_with?('<internal:') }
    end

    def readable(text)
      text.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
    end
  end
end
