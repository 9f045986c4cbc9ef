import fc from 'fast-check';

/**
 * Property tests draw the same cases at every run, so that a change is judged by what it changed and not by a draw.
 * RANCH_FUZZ_SEED draws others: a number names them, `random` takes new ones each time.
 */
const wanted = process.env['RANCH_FUZZ_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
