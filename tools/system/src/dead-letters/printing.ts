import type { DeadLetter } from './store.ts';

/** One line per letter in aligned columns, and how many there are of each reason. */
export const tableOf = (letters: readonly DeadLetter[], now = Date.now()): string => {
  if (!letters.length) return 'no dead letters';
  const rows = letters.map((letter) => [
    letter.id,
    letter.type || '(no type)',
    `${letter.code} ${letter.reason}`,
    `${letter.attempts}`,
    letter.deadAt ? ageText(now - letter.deadAt.getTime()) : '?',
    letter.key ?? '',
  ]);
  const table = [['ID', 'TYPE', 'REASON', 'ATTEMPTS', 'AGE', 'KEY'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', ...summaryOf(letters)].join('\n');
};

/** `payments.charge-payment.dead: 3 (2 INTERNAL, 1 INVALID_INPUT)` */
export const summaryOf = (letters: readonly DeadLetter[]): string[] =>
  [...Map.groupBy(letters, ({ place }) => place)].map(([place, own]) => {
    const reasons = [...Map.groupBy(own, ({ reason }) => reason)].map(([reason, { length }]) => `${length} ${reason}`);
    return `${place}: ${own.length} (${reasons.join(', ')})`;
  });

/** All of a letter. */
export const pageOf = (letter: DeadLetter): string => {
  const { id, type, key, code, reason, message, attempts, origin, deadAt, headers, body } = letter;
  const facts = {
    id,
    type,
    key,
    error: `${code} ${reason}: ${message}`,
    attempts,
    origin,
    dead: deadAt?.toISOString(),
  };
  return [
    ...Object.entries(facts).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [`${name}: ${value}`],
    ),
    'headers:',
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`),
    'body:',
    textOf(body),
  ].join('\n');
};

/** As JSON, for scripts. */
export const jsonOf = ({ body, ...letter }: DeadLetter): object => ({ ...letter, body: body.toString() });

const textOf = (body: Buffer): string => {
  const text = body.toString();
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

const ageText = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`;
};
