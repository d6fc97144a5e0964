import type { ThawState } from '../state';

const NONE: readonly string[] = [];

/** The names of the classes in the results of a run; before there are any, those of the data. */
export function resultClassNames({ training, results, data }: ThawState): readonly string[] {
  if (training.validation === null) return data.report?.classNames ?? NONE;
  return results.pictures?.set.classNames ?? training.validation.classNames;
}
