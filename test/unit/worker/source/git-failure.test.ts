import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classifyGitFailure, type GitTrouble, lastWords } from '../../../../worker/source/git-failure.ts'

/** What git 2.39 and OpenSSH 9.2 say, and what the forges answer. */
const SAID: [GitTrouble, string][] = [
  ['ref-gone', "fatal: couldn't find remote ref refs/heads/x"],
  ['host-key', 'Host key verification failed.\r\nfatal: Could not read from remote repository.'],
  ['host-key', 'No ED25519 host key is known for example.com and you have requested strict checking.'],
  ['refused', "fatal: Authentication failed for 'https://github.com/a/b.git/'"],
  ['refused', "fatal: could not read Username for 'https://github.com': terminal prompts disabled"],
  ['refused', "remote: Repository not found.\nfatal: repository 'https://github.com/a/b.git/' not found"],
  ['refused', 'ERROR: Repository not found.\nfatal: Could not read from remote repository.'],
  ['refused', 'git@github.com: Permission denied (publickey).\r\nfatal: Could not read from remote repository.'],
  ['refused', "fatal: unable to access 'https://x/': The requested URL returned error: 403"],
  ['refused', "fatal: unable to access 'https://x/': The requested URL returned error: 301"],
  ['unavailable', "fatal: unable to access 'https://x/': The requested URL returned error: 502"],
  ['unavailable', "fatal: unable to access 'https://x/': The requested URL returned error: 429"],
  ['unavailable', "fatal: unable to access 'https://x/': Could not resolve host: x"],
  [
    'unavailable',
    "fatal: unable to access 'https://x/': Failed to connect to x port 443 after 1 ms: Couldn't connect to server",
  ],
  [
    'unavailable',
    'ssh: connect to host x port 22: Connection refused\r\nfatal: Could not read from remote repository.',
  ],
  ['unavailable', 'ssh: Could not resolve hostname x: Temporary failure in name resolution'],
  ['unavailable', 'error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF'],
  ['unavailable', 'fatal: unable to access: server certificate verification failed. CAfile: none CRLfile: none'],
  ['unavailable', 'fatal: the remote end hung up unexpectedly'],
  ['disk', 'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output'],
  ['submodule', "fatal: transport 'ext' not allowed"],
  ['local', 'fatal: not a git repository (or any of the parent directories): .git'],
  ['local', "error: cannot lock ref 'refs/letterbox/x': Unable to create 'x.lock': File exists."],
  ['local', ''],
]

describe('what git says when it fails', () => {
  for (const [trouble, stderr] of SAID) {
    it(`is ${trouble}: ${stderr.split('\n')[0]}`, () => assert.equal(classifyGitFailure(stderr), trouble))
  }

  it('is not decided by what the remote writes for people', () => {
    assert.equal(classifyGitFailure('remote: No space left on device\nfatal: odd'), 'local')
  })

  it('is told in one short line without the noise', () => {
    const said = lastWords(
      'fatal: bad\r\n\nPlease make sure you have the correct access rights\nand the repository exists.\n',
    )
    assert.equal(said, 'fatal: bad')
    assert.equal(lastWords(''), 'it said nothing')
    assert.ok(lastWords('x'.repeat(5000)).length <= 500)
  })
})
