import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads so many committed records of a topic from its beginning with Java's own client, which checks each batch's sum. Arguments: brokers, topic,
 * count. A line out: a record as an object; bytes are in base64. "ownPartition" is where Java would have put its key.
 */
public class ReadRecords {
  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[2]);
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", args[0], "isolation.level", "read_committed", "check.crcs", true, "enable.auto.commit", false);
    ObjectMapper json = new ObjectMapper();
    long limit = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(args[1]).stream()
          .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (int read = 0; read < count; ) {
        if (System.nanoTime() > limit) throw new IllegalStateException("only " + read + " of " + count + " records in a minute");
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          System.out.println(json.writeValueAsString(plain(record, partitions.size())));
          read++;
        }
      }
    }
  }

  private static Map<String, Object> plain(ConsumerRecord<byte[], byte[]> record, int partitions) {
    List<List<String>> headers = new ArrayList<>();
    for (Header header : record.headers())
      headers.add(List.of(base64(header.key().getBytes(StandardCharsets.UTF_8)), base64(header.value())));
    Map<String, Object> plain = new HashMap<>();
    plain.put("partition", record.partition());
    plain.put("offset", record.offset());
    plain.put("timestamp", record.timestamp());
    plain.put("key", base64(record.key()));
    plain.put("value", base64(record.value()));
    plain.put("headers", headers);
    plain.put("ownPartition", record.key() == null ? null : BuiltInPartitioner.partitionForKey(record.key(), partitions));
    return plain;
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
