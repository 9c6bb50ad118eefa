import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { formatDiagnostics } from '../../config/diagnostic.ts'
import { parseConfig } from '../../config/load.ts'
import { silentProgram } from '../unit/cli/silent-program.ts'

/* What the documents show must work: configs are parsed, commands are held against the command line, links lead
 * somewhere. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...markdownIn('docs'), ...markdownIn('docs/decisions')]

suite('the examples in the documents work', () => {
  for (const document of DOCUMENTS) {
    const text = readFileSync(join(ROOT, document), 'utf8')
    for (const { code, line } of blocks(text, 'yaml config')) {
      test(`the config at ${document}:${line} is good`, () => {
        const result = parseConfig(code, document)
        const diagnostics = result.kind === 'ok' ? result.warnings : result.diagnostics
        assert.equal(formatDiagnostics(diagnostics, { color: false }), '')
      })
    }
    for (const { command, line } of commands(text)) {
      test(`'${command}' at ${document}:${line} fits the command line`, async () => {
        await tryCommand(command)
      })
    }
    test(`the links in ${document} lead somewhere`, () => {
      assert.deepEqual(deadLinks(document, text), [])
    })
  }

  for (const command of silentProgram().commands) {
    test(`the examples in the help of ${command.name()} fit the command line`, async () => {
      const rows = [...helpOf(command.name()).matchAll(/^ {2}\$ (.*?)(?: {3,}.*)?$/gm)].map(([, row = '']) => row)
      const examples = rows.flatMap(callsIn)
      for (const example of examples) await tryCommand(example)
      assert.ok(examples.length > 0, 'a command shows at least one example')
    })
  }
})

/** Held against the command line; a name alone, as in "use `letterbox retry`", only has to be a command. */
async function tryCommand(command: string): Promise<void> {
  const [, ...args] = words(command)
  const program = silentProgram()
  if (args.length === 1 && program.commands.some((known) => known.name() === args[0])) return
  try {
    await program.parseAsync(args[0] === 'help' ? ['help'] : args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error
  }
}

function markdownIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md'))
  return names.map((name) => `${folder}/${name}`)
}

function blocks(text: string, kind: string): { code: string; line: number }[] {
  const found = text.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))
  return [...found].map(({ 1: code = '', index }) => ({ code, line: text.slice(0, index).split('\n').length }))
}

/** In shell blocks every call of letterbox; in the text what stands between backquotes. */
function commands(text: string): { command: string; line: number }[] {
  const inBlocks = blocks(text, 'sh').flatMap(({ code, line }) =>
    code.split('\n').flatMap((row, index) => callsIn(row).map((command) => ({ command, line: line + index + 1 }))),
  )
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/[^\n]/g, ''))
  const inProse = [...prose.matchAll(/`(letterbox [a-z][^`]*)`/g)].map(({ 1: command = '', index }) => ({
    command: command.replaceAll(/\[(-[^\]]*)\]/g, '$1').replaceAll(/\[[A-Z]+\]/g, ''),
    line: prose.slice(0, index).split('\n').length,
  }))
  return [...inBlocks, ...inProse]
}

function callsIn(row: string): string[] {
  const parts = row.replace(/(^|\s)#.*$/, '').split(/\s(?:&&|\|\||\||;|>>?)\s|\s2>&1/)
  return parts.flatMap((part) => /^(?:[A-Z_]+=\S+ |runuser \S+ \S+ -- )*(letterbox .*)$/.exec(part.trim())?.[1] ?? [])
}

function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].flatMap(
    ([, single, double, bare]) => single ?? double ?? bare ?? [],
  )
}

function helpOf(name: string): string {
  const said: string[] = []
  const command = silentProgram((text) => said.push(text)).commands.find((command) => command.name() === name)
  command?.outputHelp()
  return said.join('')
}

function deadLinks(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => !/^https?:/.test(target) && !leadsSomewhere(document, target))
}

function leadsSomewhere(document: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(ROOT, document) : join(ROOT, dirname(document), path)
  if (!existsSync(file)) return false
  return anchor === undefined || anchors(readFileSync(file, 'utf8')).includes(anchor)
}

function anchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
