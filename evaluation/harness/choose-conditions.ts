// Which of a task's conditions are measured: those asked for, or all that the package can do. Must never leave one out that
// was asked for by name.
import { AppError } from '../../core/app-error.ts';
import { namesOf, type Condition, type Contrast } from './task.ts';

export interface ChosenConditions<T extends Condition> {
  readonly conditions: readonly T[];
  /** Those of which every side is measured. */
  readonly contrasts: readonly Contrast[];
  /** For the settings: what the package cannot do, and why. */
  readonly settings: { readonly conditions: string; readonly 'left out'?: string };
}

/**
 * @param only names asked for; all when undefined
 * @param lacking what the package has not that a condition needs
 * @throws {AppError} INVALID for a condition that there is not or that cannot be measured
 */
export function chooseConditions<T extends Condition>(
  all: readonly T[],
  contrasts: readonly Contrast[],
  only: readonly string[] | undefined,
  lacking: (condition: T) => string | undefined,
): ChosenConditions<T> {
  const names = all.map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new AppError('INVALID', `there is no condition "${unknown}": this task has ${names.join(', ')}`);
  const asked = all.filter(({ name }) => only?.includes(name) ?? true);
  const lacks = asked.flatMap((condition) => {
    const what = lacking(condition);
    return what === undefined ? [] : [{ condition, what }];
  });
  if (lacks.length > 0 && (only || lacks.length === asked.length)) {
    const [{ condition, what }] = lacks as [(typeof lacks)[number]];
    throw new AppError('INVALID', `"${condition.name}" cannot be measured: there is no ${what}`);
  }
  const conditions = asked.filter((condition) => !lacks.some((each) => each.condition === condition));
  const measured = new Set(conditions.map(({ name }) => name));
  return {
    conditions,
    contrasts: contrasts.filter((contrast) => namesOf(contrast).every((name) => measured.has(name))),
    settings: {
      conditions: conditions.map(({ name }) => name).join(' '),
      ...(lacks.length > 0 && {
        'left out': lacks.map(({ condition, what }) => `${condition.name} (no ${what})`).join(', '),
      }),
    },
  };
}
