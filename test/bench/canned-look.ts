/** The sha256 that stands for SQ 0.5.2 in canned answers. */
const SHA = '1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c5b6a7988';

/** What src/host/observe.sh printed on a real host with one SQ under systemd, its boot id and sha256 made up. */
const RECORDS: readonly (readonly string[])[] = [
  [
    'host Linux x86_64 gnu "Debian" 6.1.0-18-amd64 70861033-5304-458e-9eef-3640689854f2 6081.30 0 root 0 /root 1',
    '1760000000.5',
  ],
  [
    'server 145 541264 /usr/local/bin/sq /usr/local/bin/sq 0 0 /var/lib/sq 0 root 1337 /var/lib/sq',
    'systemd-system sq.service 1 530 1 3 S 1337',
  ],
  ['args 145 host 1337 --data-dir /var/lib/sq'],
  ['path /usr/local/bin/sq /usr/local/bin/sq'],
  ['binary /usr/local/bin/sq 1'],
  [`sha ${SHA} /usr/local/bin/sq`],
  [`version ${SHA} 0.5.2`],
  ['datadir /var/lib/sq 1'],
  ['stat 729112 1795537551 755 root /usr/local/bin/sq'],
  ['stat 4194139 1795537550 644 root /var/lib/sq/choose-your-own-adventure.phext'],
  ['df 1 80887420'],
  ['df 2 80887420'],
  ['folder /usr/local/bin'],
  ['folder /var/lib/sq'],
  ['end'],
];

/** The answer to a look, as a host gives it. */
export const CANNED_LOOK = RECORDS.map((parts) => `${parts.join(' ').replaceAll(' ', '\t')}\n`).join('');
