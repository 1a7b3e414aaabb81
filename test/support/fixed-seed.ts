import fc from 'fast-check'

/** Every run tries the same random inputs, so that a failure is the change's. `npm run fuzz` looks for new ones. */
fc.configureGlobal({ seed: Number(process.env['KUVERT_TEST_SEED'] ?? 20_261_124) })
