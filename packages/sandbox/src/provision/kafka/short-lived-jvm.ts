/**
 * Arguments of Java for a broker that lives for minutes. Such a broker spends more on compiling code a second time, and
 * on collecting garbage beside the work, than on the work itself. The quick compiler and the collector without threads
 * of its own leave these out. A broker that runs for days is better off with Java's defaults.
 */
export const SHORT_LIVED_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const
