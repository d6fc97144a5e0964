import type { WgslContext } from './context';
import { PARTS_READ_INLINE, partElements, type RowReduction } from './row-reduction';
import { type Lanes, lanesFor, type Range, typeOf, type WgslShader } from './shader';
import { mergeTurns, TEAM, type Team, teamOver } from './team';
import { indices, join } from './text';

/** Sums over rows in parts, ready for whoever adds them up. */
export interface SumParts {
  readonly reduction: RowReduction;
  readonly parts: Range;
}

export interface SumStatements {
  /** Before the rows of a channel; may use `c`. */
  readonly before: string;
  /** At a thread's first result: sets `pivot`, or nothing. */
  readonly first: string;
  /** For every `result`, which lies at `at`: adds to `a` and `b`. */
  readonly each: string;
  /** After the sums: may use `count`, the rows they are of, and `pivot`; may change `a` and `b`. */
  readonly after: string;
  /** Adds `otherA` and `otherB`, of `otherCount` rows, to `a` and `b`, of `count`, as `after` left them; 0 of no rows. */
  readonly merge: string;
  readonly declarations: string;
}

/**
 * Two sums over the rows of what a kernel makes, so many lanes at a time, which it takes along as it stores them:
 * nothing is read again for them.
 */
export type RowSums = (context: WgslContext, shader: WgslShader, lanes: Lanes) => SumStatements;

interface Runs {
  readonly rows: number;
  readonly channels: number;
  readonly lanes: RowReduction['lanes'];
  /** Rows that a thread makes at a time, and in how many pieces several threads could make them. */
  readonly unit: number;
  readonly pieces: number;
  /** Threads that make the same rows. */
  readonly beside: number;
}

/** Who makes which part: each by a thread alone (`team` is null), or by a workgroup. */
export interface RunPlan {
  readonly reduction: RowReduction;
  readonly team: Team | null;
  /** Threads or workgroups that make the same rows. */
  readonly beside: number;
}

export function planRuns(context: WgslContext, runs: Runs): RunPlan {
  const { lanes, unit, pieces, beside } = runs;
  if (context.tuning.workgroupMemory === 'used') {
    const team = teamOver(beside, lanes);
    const teamUnit = unit * Math.ceil(team.turns / pieces);
    return planTeamRuns(context, { ...runs, unit: teamUnit, beside: Math.ceil(beside / team.across) }, team);
  }
  const wanted = Math.floor(context.tuning.threads / beside);
  return { reduction: inParts(runs, Math.min(wanted, PARTS_READ_INLINE)), team: null, beside };
}

/**
 * A part a workgroup, which makes `unit` rows at a time, one after the other. As few parts as everybody who needs the
 * sums can read again cost no dispatch, but keep a GPU busy only where many workgroups lie `beside` each other.
 * Elsewhere it gets four times its threads, to hide each other's waiting, and one small dispatch more adds up the
 * parts: at most some 1,000 rows of sums, where a pass over the result would read all of it.
 */
export function planTeamRuns(context: WgslContext, runs: Omit<Runs, 'pieces'>, team: Team): RunPlan {
  const { threads } = context.tuning;
  const isBusy = PARTS_READ_INLINE * runs.beside * TEAM >= threads;
  const wanted = isBusy ? PARTS_READ_INLINE : Math.floor((4 * threads) / TEAM / runs.beside);
  return { reduction: inParts(runs, wanted), team, beside: runs.beside };
}

function inParts({ rows, channels, lanes, unit }: Omit<Runs, 'pieces'>, wanted: number): RowReduction {
  const units = Math.ceil(rows / unit);
  const share = Math.ceil(units / Math.max(1, Math.min(wanted, units))) * unit;
  return { rows, channels, lanes, sums: 2, share, parts: Math.ceil(rows / share) };
}

/** A column that a thread makes: its index, and whether it is one where that is not certain. */
interface Column {
  readonly c: string;
  readonly isInside?: string;
}

/**
 * Which part a thread works at, and the statements that declare `side`, its column of so many, and in a team its
 * `turn`: beyond all rows where it has nothing to do. `rows` must stand.
 */
export function placeOfThread({ team }: RunPlan, columns: string) {
  if (!team) return { declarations: `let side = i % ${columns};`, part: `i / ${columns}` };
  return {
    declarations: `let column = group % teams * across + lane % across;
let side = min(column, ${columns} - 1u);
let turn = select(rows + turns, lane / across, (column < ${columns}) & (lane / across < turns));`,
    part: 'group / teams',
  };
}

/** The pieces that a kernel weaves into its own; `rows` and `width` must stand. */
export function takenRowSums(
  context: WgslContext,
  shader: WgslShader,
  sums: RowSums,
  { reduction, team, beside }: RunPlan,
  columns: readonly Column[],
) {
  const vector = typeOf(reduction.lanes);
  const parts = context.scratch(partElements(reduction));
  const target = shader.writes('sumParts', parts, reduction.lanes);
  const { before, first, each, after, merge, declarations } = sums(context, shader, reduction.lanes);
  shader.sizes('u32', { share: reduction.share });
  if (team) shader.sizes('u32', { across: team.across, turns: team.turns, teams: beside });
  const kept = (j: number) => ['sumA', 'sumB', 'pivot'].map((name) => `${name}${j}`);
  const store = `${target}[part * 2u * width + c] = a;
${target}[part * 2u * width + width + c] = b;`;
  const storeMerged = (isInside = 'true') => `if (count > 0.0) {
${after}
}
${mergeTurns(team!, merge)}
if ((turn == 0u) & (${isInside})) {
${store}
}`;
  return {
    // Whoever adds them up takes as many lanes as there can be.
    parts: { reduction: { ...reduction, lanes: lanesFor(reduction.channels) }, parts },
    declarations: `${declarations}\n${team?.declarations ?? ''}`,
    each,
    workers: team
      ? { groups: reduction.parts * beside }
      : { threads: reduction.parts * beside, workgroupSize: 4 },
    /** Declares `begin` and `end`, the rows of the part. */
    begin: (part: string) => `let part = ${part};
let begin = part * share;
let end = min(begin + share, rows);
${team ? 'var made = 0.0;' : ''}
${join(indices(columns.length), (j) => join(kept(j), (name) => `var ${name} = ${vector}(0);`))}`,
    /** @param condition whether the result is the first of the part, where a thread makes all of it */
    first: (condition: string) =>
      first === '' ? '' : `if (${team ? 'made == 0.0' : condition}) { ${first} }`,
    /** After a tile or strip of all columns. */
    made: (rows: string) => (team ? `made += f32(${rows});` : ''),
    /** The statements of one column, `c`, in their own scope. */
    column: (j: number, statements: string) => `{
let c = ${columns[j]!.c};
var a = sumA${j};
var b = sumB${j};
var pivot = pivot${j};
${before}
${statements}
sumA${j} = a;
sumB${j} = b;
pivot${j} = pivot;
}`,
    end: columns
      .map(
        ({ c, isInside }, j) => `{
let c = ${c};
var a = sumA${j};
var b = sumB${j};
let pivot = pivot${j};
${team ? 'var count = made;' : 'let count = f32(end - begin);'}
${team ? storeMerged(isInside) : `${after}\n${store}`}
}`,
      )
      .join('\n'),
  };
}
