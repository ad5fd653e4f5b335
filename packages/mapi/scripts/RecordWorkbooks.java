import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.poi.hssf.usermodel.HSSFRichTextString;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.ss.usermodel.Row;

/**
 * Records workbooks written by Apache POI and JExcelAPI, with the cells they hold, for the tests of src/return-file/xls:
 *
 * <pre>java -cp "jars/*" RecordWorkbooks.java ../src/return-file/testing/workbooks.json</pre>
 *
 * and `npm run format`, with the jars of org.apache.poi:poi:5.2.5 and net.sourceforge.jexcelapi:jxl:2.6.12 and what they need.
 */
public class RecordWorkbooks {
  static final int ROWS = 120;

  /** Texts of one and of two bytes a character, empty ones among them, so long that they go on in further records. */
  static String text(int row) {
    String unit = row % 3 == 0 ? "a" : row % 3 == 1 ? "退" : "a票𠮷";
    return row + unit.repeat((row * 37) % 90);
  }

  static double number(int row) {
    return switch (row % 5) {
      case 0 -> row;
      case 1 -> -row;
      case 2 -> row / 100.0;
      case 3 -> 1234567.89 + row;
      default -> 4402024301016406.0 + row;
    };
  }

  static byte[] poi() throws Exception {
    try (HSSFWorkbook book = new HSSFWorkbook(); ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
      var sheet = book.createSheet("退票");
      var bold = book.createFont();
      bold.setBold(true);
      for (int row = 0; row < ROWS; row++) {
        Row line = sheet.createRow(row);
        HSSFRichTextString rich = new HSSFRichTextString(text(row));
        if (row % 4 == 0) rich.applyFont(0, 1, bold);
        line.createCell(0).setCellValue(rich);
        line.createCell(1).setCellValue(number(row));
        line.createCell(2).setCellValue(number(row + 1));
      }
      Row last = book.createSheet("更多").createRow(9);
      last.createCell(3).setCellFormula("CONCATENATE(\"退\",\"票\")");
      last.createCell(4).setCellFormula("1/8");
      last.createCell(5).setCellValue(true);
      book.getCreationHelper().createFormulaEvaluator().evaluateAll();
      book.write(bytes);
      return bytes.toByteArray();
    }
  }

  /** Without pairs of surrogates: JExcelAPI damages one where a record ends within it. */
  static byte[] jxl() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    var book = jxl.Workbook.createWorkbook(bytes);
    var sheet = book.createSheet("退票", 0);
    for (int row = 0; row < ROWS; row++) {
      sheet.addCell(new jxl.write.Label(0, row, text(row).replace("𠮷", "某")));
      sheet.addCell(new jxl.write.Number(1, row, number(row)));
      sheet.addCell(new jxl.write.Number(2, row, number(row + 1)));
    }
    book.write();
    book.close();
    return bytes.toByteArray();
  }

  public static void main(String[] arguments) throws Exception {
    List<String> cells = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      cells.add(String.format("[\"%s\", %s, %s]", text(row), number(row), number(row + 1)));
    }
    Base64.Encoder base64 = Base64.getEncoder();
    String json = String.format(
        "{%n  \"poi\": \"%s\",%n  \"jxl\": \"%s\",%n  \"cells\": [%n    %s%n  ]%n}%n",
        base64.encodeToString(poi()), base64.encodeToString(jxl()), String.join(",\n    ", cells));
    Files.write(Path.of(arguments[0]), json.getBytes(StandardCharsets.UTF_8));
  }
}
