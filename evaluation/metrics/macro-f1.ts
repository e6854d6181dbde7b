// Macro-averaged F1: the mean over classes of 2·TP / (2·TP + FP + FN). Must never leave a class out: one that is neither
// there nor predicted counts 0, as the usual implementations have it.

/** @param classes every class there is */
export function macroF1<T>(truth: readonly T[], predicted: readonly T[], classes: readonly T[]): number {
  const scores = classes.map((wanted) => {
    let [right, wrong] = [0, 0];
    for (const [i, label] of truth.entries()) {
      const guess = predicted[i];
      if (label === wanted && guess === wanted) right++;
      else if (label === wanted || guess === wanted) wrong++;
    }
    return right === 0 ? 0 : (2 * right) / (2 * right + wrong);
  });
  return scores.reduce((sum, score) => sum + score, 0) / classes.length;
}
