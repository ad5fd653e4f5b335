import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes records with Java's own client: CompressedBatches BROKERS TOPIC. A line in: codec, key and the value in base64, with tabs between. */
public class CompressedBatches {
  public static void main(String[] args) throws IOException {
    Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
    Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split("\t");
      byte[] key = parts[1].getBytes(StandardCharsets.UTF_8);
      byte[] value = Base64.getDecoder().decode(parts[2]);
      producers
          .computeIfAbsent(parts[0], codec -> producer(args[0], codec))
          .send(new ProducerRecord<>(args[1], key, value), (place, failure) -> {
            if (failure != null) failures.add(failure);
          });
    }
    producers.values().forEach(KafkaProducer::close);
    if (!failures.isEmpty()) throw new IOException(failures.size() + " records were not stored", failures.peek());
  }

  /** One that waits for batches worth compressing. */
  private static KafkaProducer<byte[], byte[]> producer(String brokers, String codec) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", brokers, "compression.type", codec, "linger.ms", 2000, "batch.size", 262144);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
