import type { EpochRecord } from '../../core/run/run-record';
import type { ReachedPhase } from '../../store/training/training-reducer';

/** `frozen phase`, `unfrozen phase`; a phase of a plan of one's own by its name: `last blocks (unfrozen)`. */
export function describePhaseName({ name, kind }: Pick<ReachedPhase, 'name' | 'kind'>): string {
  return isOwnPhase({ name, kind }) ? `${name} (${kind})` : name;
}

/** @returns whether a phase is none of the callback's two */
export function isOwnPhase({ name, kind }: Pick<ReachedPhase, 'name' | 'kind'>): boolean {
  return name !== `${kind} phase`;
}

/** @returns null for a phase of the callback */
export function ownPhaseName({ phase, phaseName }: Pick<EpochRecord, 'phase' | 'phaseName'>): string | null {
  if (phaseName === undefined || !isOwnPhase({ name: phaseName, kind: phase })) return null;
  return describePhaseName({ name: phaseName, kind: phase });
}
