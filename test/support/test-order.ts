import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Spreads the files of each project evenly over the run, the longest first, and runs the unit tests at the end. Browsers
 * and crashes compute, outages wait: side by side they keep the cores busy, and no tests of one kind crowd each other.
 */
export class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a sequencer's method of that name
    const longestFirst = await super.sort(files)
    const place = new Map<TestSpecification, number>()
    for (const [name, own] of Map.groupBy(longestFirst, file => file.project.name))
      for (const [index, file] of own.entries()) place.set(file, name === 'unit' ? 1 + index : index / own.length)
    return [...place.keys()].toSorted((one, other) => place.get(one)! - place.get(other)!)
  }
}
