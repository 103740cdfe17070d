import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** A function that tells where it runs, logs, and fails if the event says so. */
public class Main implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  /** A handler of the other kind: bytes in, bytes out. */
  public static class Stream implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
      in.transferTo(out);
    }
  }

  @Override
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    if (event.containsKey("fail")) {
      throw new IllegalStateException((String) event.get("fail"));
    }
    context.getLogger().log("hello log\n");
    return Map.of(
        "version", Runtime.version().feature(),
        "function", context.getFunctionName(),
        "request", context.getAwsRequestId(),
        "event", event);
  }
}
