/**
 * `growth.ts [services]`: the cost of a workspace with this many services (default 50), beside that of the sample. Measures two
 * copies in turn, and prints a table in Markdown: the median of three runs, and the memory of the largest process.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy.ts';

const ROUNDS = 3;
const APPS = 'ls apps | wc -l';
const COLD = { NX_CACHE_PROJECT_GRAPH: 'false', NX_SKIP_NX_CACHE: 'true' };

interface Cost {
  seconds: number;
  megabytes: number;
}
interface Measure {
  what: string;
  commandLine: (app: string) => string;
  /** Whether a file of one app is edited first. */
  edited?: boolean;
}

const MEASURES: Measure[] = [
  { what: 'the project graph: `nx show projects`', commandLine: () => 'npx nx show projects' },
  { what: 'one edit in one app: `nx affected -t test`', commandLine: () => 'npx nx affected -t test', edited: true },
  { what: 'one app: `nx build <app>`', commandLine: (app) => `npx nx build ${app}` },
  { what: 'all: `nx run-many -t build`', commandLine: () => 'npx nx run-many -t build' },
];

const wanted = Number(process.argv[2] ?? 50);
const copies: WorkspaceCopy[] = [];
try {
  copies.push(await copyWorkspace(), await copyWorkspace());
  const [small, large] = copies as [WorkspaceCopy, WorkspaceCopy];
  await grow(large, wanted);
  console.log(table(await countOf(small), await countOf(large), await costs(small, large)));
} finally {
  await Promise.all(copies.map((copy) => copy.remove()));
}

/** Generates services up to this count, in one process, because the command would install packages for each of them. */
async function grow(copy: WorkspaceCopy, count: number): Promise<void> {
  const names = Array.from({ length: count - (await countOf(copy)) }, (_, index) => `grown${index + 1}s`);
  const script = `
    import { FsTree, flushChanges } from 'nx/src/generators/tree';
    import generate from './tools/generators/src/service/generator.ts';
    const tree = new FsTree(process.cwd(), false);
    let follow = () => {};
    for (const name of ${JSON.stringify(names)}) follow = await generate(tree, { name, transports: ['http', 'grpc'] });
    flushChanges(tree.root, tree.listChanges());
    await follow();`;
  await copy.run('PATH=$PWD/node_modules/.bin:$PATH; node --input-type=module -', {
    input: script,
    env: { NX_SKIP_FORMAT: 'true' }, // once, below
  });
  await copy.run("npm run format && git add --all && git commit --quiet -m 'feat: services'");
}

/** The cost of each measure, in the small copy and in the large one. */
async function costs(small: WorkspaceCopy, large: WorkspaceCopy): Promise<Array<[Measure, Cost, Cost]>> {
  const taken = MEASURES.map((measure) => ({ measure, small: [] as Cost[], large: [] as Cost[] }));
  for (let round = 1; round <= ROUNDS; round++)
    for (const { measure, ...of } of taken) {
      of.small.push(await costOf(small, measure));
      of.large.push(await costOf(large, measure));
      console.error(
        `round ${round}: ${measure.what}: ${[of.small, of.large].map((it) => it.at(-1)!.seconds.toFixed(1))}`,
      );
    }
  return taken.map((of) => [of.measure, median(of.small), median(of.large)]);
}

/** GNU time's -v prints the memory of the largest process, in kilobytes. */
async function costOf(copy: WorkspaceCopy, { commandLine, edited }: Measure): Promise<Cost> {
  const [app = ''] = (await copy.run('ls apps')).split('\n');
  if (edited) await appendFile(join(copy.folder, `apps/${app}/src/main.ts`), `// ${performance.now()}\n`);
  const began = performance.now();
  const output = await copy.run(`/usr/bin/time -v bash -c '${commandLine(app)}'`, { env: COLD });
  const seconds = (performance.now() - began) / 1000;
  if (edited) await copy.run('git checkout --quiet apps');
  return { seconds, megabytes: Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(output)![1]) / 1024 };
}

async function countOf(copy: WorkspaceCopy): Promise<number> {
  return Number(await copy.run(APPS));
}

function median(taken: Cost[]): Cost {
  const middle = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
  return { seconds: middle(taken.map((it) => it.seconds)), megabytes: middle(taken.map((it) => it.megabytes)) };
}

function table(few: number, many: number, rows: Array<[Measure, Cost, Cost]>): string {
  const cell = ({ seconds, megabytes }: Cost) => `${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB`;
  return [
    `| what | ${few} services | ${many} services | times as long |`,
    '| --- | --- | --- | --- |',
    ...rows.map(
      ([{ what }, small, large]) =>
        `| ${what} | ${cell(small)} | ${cell(large)} | ${(large.seconds / small.seconds).toFixed(2)} |`,
    ),
  ].join('\n');
}
