import ssh2 from 'ssh2';

/** Where a bare loop goes, and as whom. */
export interface Login {
  readonly host: string;
  readonly username: string;
  readonly privateKey: Buffer;
}

/** Connects, runs a command and reads its output to the end: what anybody would write with ssh2. */
function once(login: Login, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    client.on('ready', () =>
      client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let output = '';
        channel.on('data', (chunk: Buffer) => {
          output += chunk.toString();
        });
        channel.on('close', () => {
          client.end();
          resolve(output);
        });
      }),
    );
    client.connect({ ...login, hostVerifier: () => true });
  });
}

/** The same command on every host, all at once; what each printed. */
export function bareLoop(logins: readonly Login[], command: string): Promise<readonly string[]> {
  return Promise.all(logins.map((login) => once(login, command)));
}
