import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { lastLine, runToEnd } from '../../processes/supervised-process.ts';
import { StartError } from '../../start.error.ts';
import { CACHE, exists, makeOnce } from '../../machine/cache.ts';
import { findProgram } from '../../machine/programs.ts';

/** The version is that of pom.xml. */
const JARS = join(CACHE, 'kafka-4.3.1');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const JAVA = 17;

/** Throws a StartError if Java is missing or too old, or if Maven is missing and Kafka was not downloaded before. */
export async function checkJava(): Promise<void> {
  const java = javaVersion();
  if (!java)
    throw new StartError(
      'Kafka needs Java 17 or later, which is not installed: apt-get install openjdk-17-jre-headless, or choose --brokers=docker',
    );
  if (java < JAVA)
    throw new StartError(
      `Kafka needs Java 17 or later, but Java ${java} is installed: apt-get install openjdk-17-jre-headless, or choose --brokers=docker`,
    );
  if (!findProgram('mvn') && !(await exists(JARS))) {
    throw new StartError(
      'Maven downloads Kafka the first time, but is not installed: apt-get install maven, or choose --brokers=docker',
    );
  }
}

/** The class path of Apache Kafka, which Maven downloads once into a folder outside the clone. */
export async function kafkaClassPath(log: string): Promise<string> {
  await makeOnce(JARS, async (unfinished) => {
    const pom = join(import.meta.dirname, 'pom.xml');
    const args = ['-q', '-B', '-f', pom, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`];
    const code = await runToEnd({ command: 'mvn', args, log });
    if (code) throw new StartError(`Maven could not download Kafka: ${lastLine(log)}`);
  });
  return join(JARS, '*');
}

/** `openjdk version "17.0.15" 2025-04-15` -> 17; undefined if Java is not installed. */
function javaVersion(): number | undefined {
  if (!findProgram('java')) return undefined;
  const said = execFileSync('java', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return Number(/^\w+ (\d+)/.exec(said)?.[1]);
}
