import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Barrier, changeOf, removalOf, wantedRules } from '../../../../worker/step-network/firewall-plan.ts'

const barrier: Barrier = { id: 'abcdef0123456789', bridge: 'lbx-0a1b2c3d', metadataOnly: null, allow: [] }
const FORWARD = 'LETTERBOX-STEPS-abcdef01'
const HOST = 'LETTERBOX-HOST-abcdef01'
const DOCKER = ['-P FORWARD DROP', '-N DOCKER-USER', '-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j RETURN']

/** What `iptables -S` says once a change was carried out. */
function inForce(rules: string[]): string[] {
  const set = rules.map((rule) => rule.replace('<FORWARD>', 'DOCKER-USER'))
  return [...DOCKER, `-N ${FORWARD}`, `-N ${HOST}`, ...set]
}

test('metadata addresses are barred on the way out, everything on the way to the host, but for names', () => {
  const rules = wantedRules(barrier, 'ipv4')
  assert.ok(rules.includes(`-A ${FORWARD} -d 169.254.0.0/16 -j REJECT --reject-with icmp-port-unreachable`))
  assert.equal(rules.indexOf(`-A ${FORWARD} -p udp -m udp --dport 53 -j RETURN`), 0)
  const host = rules.filter((rule) => rule.startsWith(`-A ${HOST} `))
  assert.equal(host[0], `-A ${HOST} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`)
  assert.equal(host.at(-1), `-A ${HOST} -j REJECT --reject-with icmp-port-unreachable`)
})

test('what is allowed comes before what is barred, each address in its own family', () => {
  const allow = ['10.1.2.3', '10.2.3.4/16', 'fd00::1']
  const ipv4 = wantedRules({ ...barrier, allow }, 'ipv4')
  const at = (part: string) => ipv4.findIndex((rule) => rule.includes(part))
  assert.ok(at('-d 10.1.2.3/32 -j RETURN') < at('-d 169.254.0.0/16'))
  assert.ok(at('-d 10.2.0.0/16 -j RETURN') >= 0)
  assert.equal(at('fd00::1'), -1)
  assert.ok(wantedRules({ ...barrier, allow }, 'ipv6').some((rule) => rule.includes('-d fd00::1/128 -j RETURN')))
})

test('the default bridge is barred only where it is asked for, and only from metadata', () => {
  assert.ok(!wantedRules(barrier, 'ipv4').some((rule) => rule.includes('docker0')))
  const rules = wantedRules({ ...barrier, metadataOnly: 'docker0' }, 'ipv4').filter((rule) => rule.includes('docker0'))
  assert.deepEqual(rules, [`-A <FORWARD> -i docker0 -j ${FORWARD}`])
})

test('rules that are in force are left as they are', () => {
  const wanted = wantedRules(barrier, 'ipv4')
  assert.equal(changeOf(inForce(wanted), wanted, barrier.id), null)
})

test('a fresh machine gets chains of our own and jumps in front, nothing else', () => {
  const text = changeOf(DOCKER, wantedRules(barrier, 'ipv4'), barrier.id) ?? ''
  assert.match(text, new RegExp(`^\\*filter\n:${FORWARD} - \\[0:0\\]\n:${HOST} - \\[0:0\\]\n`))
  assert.match(text, new RegExp(`\n-I DOCKER-USER 1 -i lbx-0a1b2c3d -j ${FORWARD}\n`))
  assert.match(text, new RegExp(`\n-I INPUT 1 -i lbx-0a1b2c3d -j ${HOST}\nCOMMIT\n$`))
  assert.doesNotMatch(text, /^-D|^-F|^-P/m)
})

test('an engine without a chain for users is served in FORWARD', () => {
  assert.match(
    changeOf(['-P FORWARD ACCEPT'], wantedRules(barrier, 'ipv4'), barrier.id) ?? '',
    /\n-I FORWARD 1 -i lbx-/,
  )
})

test('when the bridge has another name the old jumps go, and those of others stay', () => {
  const others = '-A INPUT -i lbx-old00000 -j LETTERBOX-HOST-99999999'
  const now = [...inForce(wantedRules({ ...barrier, bridge: 'lbx-old00000' }, 'ipv4')), others]
  const text = changeOf(now, wantedRules(barrier, 'ipv4'), barrier.id) ?? ''
  assert.deepEqual(
    text.split('\n').filter((line) => line.startsWith('-D')),
    [`-D DOCKER-USER -i lbx-old00000 -j ${FORWARD}`, `-D INPUT -i lbx-old00000 -j ${HOST}`],
  )
})

test('a removal takes jumps and chains of this installation, and is nothing where there are none', () => {
  assert.equal(removalOf(DOCKER, barrier.id), null)
  const text = removalOf(inForce(wantedRules(barrier, 'ipv4')), barrier.id) ?? ''
  assert.match(
    text,
    new RegExp(`-D INPUT -i lbx-0a1b2c3d -j ${HOST}\n-F ${FORWARD}\n-F ${HOST}\n-X ${FORWARD}\n-X ${HOST}\n`),
  )
})
