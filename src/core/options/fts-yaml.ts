import { ThawError } from '../errors';

/** One phase of a schedule of the finetuning-scheduler package, as its file says it. */
export interface FtsPhase {
  /** Parameter names, or regular expressions that match from a name's beginning. */
  readonly params: readonly string[];
  /** The next phase begins at this epoch at the latest; null where it waits for early stopping (−1). */
  readonly maxTransitionEpoch: number | null;
  /** Null: the package's default. */
  readonly lr: number | null;
}

/**
 * Reads a schedule file. Exactly this much of YAML: phases 0, 1, 2, … with `params` (a block list),
 * `max_transition_epoch` and `lr`, comments, and quoted names.
 * @throws ThawError `invalid-option` with the number of the line
 */
export function parseFtsYaml(source: string): readonly FtsPhase[] {
  const phases: { params: string[]; maxTransitionEpoch: number | null; lr: number | null }[] = [];
  let listIndent: number | null = null;
  source.split(/\r?\n/).forEach((raw, index) => {
    const line = withoutComment(raw).trimEnd();
    if (line.trim() === '' || line === '---') return;
    const number = index + 1;
    const indent = line.length - line.trimStart().length;
    const content = line.trim();
    const phase = phases[phases.length - 1];

    if (indent === 0 && !content.startsWith('-')) {
      const header = /^['"]?(\d+)['"]?:$/.exec(content);
      if (header === null) refuseLine(number, `a phase number and a colon, such as "${phases.length}:"`);
      if (Number(header[1]) !== phases.length) refuseLine(number, `phase ${phases.length}, the next one`);
      phases.push({ params: [], maxTransitionEpoch: null, lr: null });
      listIndent = null;
      return;
    }
    if (phase === undefined) refuseLine(number, 'a phase number first, such as "0:"');
    const item = /^-\s+(.+)$/.exec(content);
    if (item !== null) {
      if (listIndent === null || indent < listIndent) refuseLine(number, '"params:" before its list');
      phase.params.push(unquoted(item[1]!));
      return;
    }
    const field = /^([a-z_]+):\s*(.*)$/.exec(content);
    if (field === null) refuseLine(number, 'a field such as "lr: 0.001"');
    const [, name, value] = field;
    listIndent = null;
    if (name === 'params') {
      if (value !== '') refuseLine(number, 'one parameter a line below "params:", each after a dash');
      listIndent = indent;
    } else if (name === 'max_transition_epoch') {
      const epoch = numberOf(value!);
      if (!Number.isInteger(epoch) || epoch < -1) refuseLine(number, 'a whole epoch, or -1');
      phase.maxTransitionEpoch = epoch < 0 ? null : epoch;
    } else if (name === 'lr') {
      phase.lr = numberOf(value!);
      if (!(phase.lr > 0)) refuseLine(number, 'a learning rate greater than 0');
    } else {
      refuseLine(
        number,
        `only params, max_transition_epoch and lr, which are what Thaw knows, not "${name}"`,
      );
    }
  });
  if (phases.length === 0)
    throw new ThawError('invalid-option', 'The schedule has no phase. Begin it with "0:".');
  return phases;
}

/** Writes a schedule as `parseFtsYaml` and the package itself read it. */
export function printFtsYaml(phases: readonly FtsPhase[]): string {
  const lines = phases.flatMap(({ params, maxTransitionEpoch, lr }, index) => [
    `${index}:`,
    '  params:',
    ...params.map((name) => `  - ${/^[\w./*+-]+$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`}`),
    ...(maxTransitionEpoch === null ? [] : [`  max_transition_epoch: ${maxTransitionEpoch}`]),
    ...(lr === null ? [] : [`  lr: ${yamlNumber(lr)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

/** YAML 1.1 takes `1e-5` for a string: it wants a point in the mantissa. */
function yamlNumber(value: number): string {
  return String(value).replace(/^(\d+)e/, '$1.0e');
}

function numberOf(text: string): number {
  const plain = unquoted(text);
  return plain === '' ? Number.NaN : Number(plain);
}

function withoutComment(line: string): string {
  const quoted = /^(\s*-\s+(?:'(?:[^']|'')*'|"[^"]*"))\s*(#.*)?$/.exec(line);
  if (quoted !== null) return quoted[1]!;
  return line.replace(/(^|\s)#.*$/, '');
}

function unquoted(text: string): string {
  if (text.length > 1 && text.startsWith("'") && text.endsWith("'"))
    return text.slice(1, -1).replaceAll("''", "'");
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1);
  return text;
}

function refuseLine(number: number, expected: string): never {
  throw new ThawError('invalid-option', `Line ${number} of the schedule: expected ${expected}.`);
}
