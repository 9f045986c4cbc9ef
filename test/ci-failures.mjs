// What failed in a JSON report of the test runner: each test and the head of its message, each file that could not run.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const file of report.testResults) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (file.status === 'failed' && failed.length === 0)
    console.log(`failed: ${file.name}\n${head(file.message)}`);
  for (const test of failed)
    console.log(`failed: ${file.name} > ${test.fullName}\n${head(test.failureMessages.join('\n'))}`);
}

function head(text) {
  return text
    .split('\n')
    .slice(0, 25)
    .map((line) => `  ${line}`)
    .join('\n');
}
