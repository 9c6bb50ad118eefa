import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigSchema } from '../../../../config/schema.ts'
import { slug } from '../../../../config/template.ts'
import { SiteHostRefused } from '../../../../worker/sites/site-errors.ts'
import { parseSiteHost } from '../../../../worker/sites/site-host.ts'

const config = ConfigSchema.parse({
  server: { url: 'https://ci.example.com' },
  registries: { main: { address: 'code.example.com:5000' } },
})
const TEMPLATE = '{{ branch | slug }}.dev.example.com'

function refused(host: string, why: RegExp, template = TEMPLATE, change = config) {
  assert.throws(
    () => parseSiteHost(template, host, change),
    (error) => error instanceof SiteHostRefused && why.test(error.message),
  )
}

suite('F16 a branch never takes a host name that means something else', () => {
  for (const name of ['www', 'admin', 'registry', 'mail', 'ns', 'ns1', 'ci', 'autodiscover', 'wpad'])
    test(`a branch named ${name} gets no site`, () => refused(`${name}.dev.example.com`, /is reserved/))

  test('a branch whose name shows as other letters gets no site', () =>
    refused('xn--80ak6aa92e.dev.example.com', /another alphabet/))

  test('the operator’s own words are not reserved', () => {
    assert.equal(parseSiteHost('www.example.org', 'www.example.org', config), 'www.example.org')
    const host = 'a.www.xn--bcher-kva.example'
    assert.equal(parseSiteHost('{{ branch | slug }}.www.xn--bcher-kva.example', host, config), host)
    assert.equal(parseSiteHost('www.{{ branch }}.example.org', 'www.a.example.org', config), 'www.a.example.org')
  })

  test('a part that is only half the operator’s counts as the branch’s', () => {
    refused('www.dev.example.com', /reserved/, '{{ branch }}w.dev.example.com')
    assert.equal(
      parseSiteHost(`{{ branch }}-${'x'}.dev.example.com`, 'www-x.dev.example.com', config),
      'www-x.dev.example.com',
    )
  })

  test('a template whose value has dots does not hide a reserved part', () =>
    refused('a.www.dev.example.com', /reserved/, '{{ branch }}.dev.example.com'))

  test('the operator may reserve more, and fix the domain', () => {
    const more = ConfigSchema.parse({ sites: { reserved: ['shop'], domain: 'dev.example.com' } })
    refused('shop.dev.example.com', /reserved/, TEMPLATE, more)
    refused('a.dev.example.org', /not below dev\.example\.com/, '{{ branch }}.dev.example.org', more)
    refused('dev.example.com', /not below/, 'dev.example.com', more)
  })

  test('nothing is served at or below the dashboard’s or a registry’s name', () => {
    for (const host of ['ci.example.com', 'a.ci.example.com', 'code.example.com', 'x.code.example.com'])
      refused(host, /dashboard or a registry/, host)
  })
})

suite('what is no host name is refused', () => {
  const wrong: [string, RegExp][] = [
    ['a', /only one part/],
    ['', /only one part/],
    ['a..example.com', /no part/],
    ['-a.example.com', /no part/],
    ['a-.example.com', /no part/],
    ['A.example.com', /no part/],
    ['a_b.example.com', /no part/],
    ['a,b.example.com', /no part/],
    ['~a.example.com', /no part/],
    ['*.example.com', /no part/],
    ['a.example.com/x', /no part/],
    ['a.example.com:80', /no part/],
    ['a.example.com\n', /no part/],
    ['10.0.0.1', /IP address/],
    [`${'a'.repeat(64)}.example.com`, /no part/],
    [`${'a.'.repeat(130)}com`, /more than 253/],
  ]
  for (const [host, why] of wrong) test(JSON.stringify(host).slice(0, 40), () => refused(host, why, host))
})

test('B07 hostile branch names become host names that nobody else has', () => {
  const branches = [
    'feature/Ä:1',
    'x'.repeat(300),
    '-',
    '..',
    '@sha256:0',
    'UPPER',
    'upper',
    'localhost:5000/x',
    'a/b',
    'a-b',
  ]
  const hosts = branches.map((branch) => parseSiteHost(TEMPLATE, `${slug(branch)}.dev.example.com`, config))
  assert.equal(new Set(hosts).size, branches.length)
})
