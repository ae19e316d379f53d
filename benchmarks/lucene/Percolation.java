import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorConfiguration;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultiMatchingQueries;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.Presearcher;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.TermFilteredPresearcher;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.queries.intervals.IntervalQuery;
import org.apache.lucene.queries.intervals.Intervals;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/**
 * Articles through Lucene Monitor: one line of JSON on standard output, and the matches in a file.
 *
 * <p>Arguments: the words of the articles, one article a line; the queries, {@code id TAB kind TAB
 * words}; how many articles have a word, {@code word TAB count}; where to write {@code article TAB id}
 * of each match; articles in one batch; the presearcher (term, multi or rare); passes over the
 * articles. The rate of each pass is in articles a second of this process's processor time, which
 * counts the compiler and the garbage collector as well.
 */
public class Percolation {
  private static final String FIELD = "text";
  private static final int PASSES_OF_MULTI = 4;
  private static final int REGISTERED_AT_ONCE = 20_000;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  public static void main(String[] given) throws IOException {
    List<String> articles = Files.readAllLines(Path.of(given[0]));
    int batch = Integer.parseInt(given[4]);
    int passes = Integer.parseInt(given[6]);
    Presearcher presearcher = presearcher(given[5], Path.of(given[2]));
    double empty = liveMegabytes();
    double before = processorSeconds();
    Monitor monitor = monitor(presearcher, Path.of(given[1]));
    double built = processorSeconds() - before;
    double live = liveMegabytes() - empty;
    List<String> rates = new ArrayList<>();
    for (int pass = 0; pass < passes; pass++) {
      double start = processorSeconds();
      match(monitor, articles, batch, null);
      double spent = processorSeconds() - start;
      rates.add(String.format(Locale.ROOT, "%.2f", articles.size() / spent));
    }
    long matches;
    try (PrintWriter out = new PrintWriter(given[3])) {
      matches = match(monitor, articles, batch, out);
    }
    System.out.printf(
        Locale.ROOT,
        "{\"build\": %.2f, \"live_mb\": %.1f, \"resident_mb\": %.1f, \"matches\": %d, \"rates\": %s}%n",
        built, live, residentMegabytes(), matches, rates);
    monitor.close();
  }

  private static Monitor monitor(Presearcher presearcher, Path queries) throws IOException {
    MonitorConfiguration configuration = new MonitorConfiguration();
    configuration.setQueryUpdateBufferSize(2 * REGISTERED_AT_ONCE);
    Monitor monitor = new Monitor(new WhitespaceAnalyzer(), presearcher, configuration);
    List<MonitorQuery> waiting = new ArrayList<>();
    for (String line : Files.readAllLines(queries)) {
      String[] parts = line.split("\t");
      waiting.add(new MonitorQuery(parts[0], query(parts[1], parts[2].split(" "))));
      if (waiting.size() == REGISTERED_AT_ONCE) {
        monitor.register(waiting);
        waiting.clear();
      }
    }
    monitor.register(waiting);
    return monitor;
  }

  private static Query query(String kind, String[] words) {
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    switch (kind) {
      case "phrase":
        return new PhraseQuery(FIELD, words);
      case "and":
        for (String word : words) all.add(one(word), Occur.MUST);
        return all.build();
      case "or":
        for (String word : words) all.add(one(word), Occur.SHOULD);
        return all.build();
      case "not":
        return all.add(one(words[0]), Occur.MUST).add(one(words[1]), Occur.MUST_NOT).build();
      case "near":
        return new IntervalQuery(
            FIELD,
            Intervals.maxgaps(
                Integer.parseInt(words[2]),
                Intervals.unordered(Intervals.term(words[0]), Intervals.term(words[1]))));
      default:
        throw new IllegalArgumentException(kind);
    }
  }

  private static Query one(String word) {
    return new TermQuery(new Term(FIELD, word));
  }

  /** Choose what Lucene files queries under; `rare` tells it which words are rare, as we do not. */
  private static Presearcher presearcher(String name, Path counts) throws IOException {
    switch (name) {
      case "term":
        return new TermFilteredPresearcher();
      case "multi":
        return new MultipassTermFilteredPresearcher(PASSES_OF_MULTI);
      case "rare":
        Map<String, Integer> known = new HashMap<>();
        for (String line : Files.readAllLines(counts)) {
          String[] parts = line.split("\t");
          known.put(parts[0], Integer.parseInt(parts[1]));
        }
        TermWeightor rarest = term -> 1.0 / (1 + known.getOrDefault(term.text(), 0));
        return new TermFilteredPresearcher(rarest, Collections.emptyList(), Collections.emptySet());
      default:
        throw new IllegalArgumentException(name);
    }
  }

  /** Match all articles; write the matches if there is where to. Returns how many there are. */
  private static long match(Monitor monitor, List<String> articles, int batch, PrintWriter out)
      throws IOException {
    long matches = 0;
    for (int first = 0; first < articles.size(); first += batch) {
      Document[] documents = new Document[Math.min(batch, articles.size() - first)];
      for (int at = 0; at < documents.length; at++) {
        documents[at] = new Document();
        documents[at].add(new TextField(FIELD, articles.get(first + at), Field.Store.NO));
      }
      MultiMatchingQueries<QueryMatch> found =
          monitor.match(documents, QueryMatch.SIMPLE_MATCHER);
      for (int at = 0; at < documents.length; at++) {
        matches += found.getMatchCount(at);
        if (out == null) continue;
        for (QueryMatch each : found.getMatches(at)) {
          out.printf("%d\t%s%n", first + at, each.getQueryId());
        }
      }
    }
    return matches;
  }

  private static double processorSeconds() {
    return SYSTEM.getProcessCpuTime() / 1e9;
  }

  /** What is still reachable once all garbage is gone. */
  private static double liveMegabytes() {
    for (int times = 0; times < 3; times++) System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0;
  }

  private static double residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
    }
    return 0;
  }
}
