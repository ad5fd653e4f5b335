import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.SchemaStore;

/**
 * Reads records with Java's own reader of single-object encoding and writes them again. A line in: {"value": base64}. A line out: {"name",
 * "record", "value": base64 of what this language writes}.
 */
public class RoundTrip {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws IOException {
    SchemaStore.Cache store = new SchemaStore.Cache();
    Map<Long, Schema> schemas = new HashMap<>();
    try (Stream<Path> files = Files.walk(Path.of(args[0]))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".avsc")).sorted().toList()) {
        Schema schema = new Schema.Parser().parse(file.toFile());
        schemas.put(SchemaNormalization.parsingFingerprint64(schema), schema);
        store.addSchema(schema);
      }
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      byte[] value = Base64.getDecoder().decode(JSON.readTree(line).get("value").asText());
      Schema schema = schemas.get(ByteBuffer.wrap(value).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong(2));
      GenericRecord record = new BinaryMessageDecoder<GenericRecord>(GenericData.get(), schema, store).decode(value);
      ByteBuffer again = new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(record);
      byte[] bytes = new byte[again.remaining()];
      again.get(bytes);
      ObjectNode answer = JSON.createObjectNode();
      answer.put("name", schema.getFullName());
      answer.set("record", JSON.valueToTree(plain(record)));
      answer.put("value", Base64.getEncoder().encodeToString(bytes));
      out.println(JSON.writeValueAsString(answer));
    }
  }

  private static Object plain(Object value) {
    if (value instanceof GenericRecord record) {
      Map<String, Object> fields = new HashMap<>();
      for (Schema.Field field : record.getSchema().getFields()) fields.put(field.name(), plain(record.get(field.pos())));
      return fields;
    }
    if (value instanceof List<?> list) return list.stream().map(RoundTrip::plain).toList();
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return Map.of("base64", Base64.getEncoder().encodeToString(bytes));
    }
    if (value == null || value instanceof Number || value instanceof Boolean) return value;
    return value.toString();
  }
}
