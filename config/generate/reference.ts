import { codes } from '../diagnose/codes.ts'
import { actions } from '../schema/steps.ts'
import { templateNames } from '../template.ts'
import type { JsonSchema } from './json-schema.ts'
import { rowsOf } from './reference-rows.ts'

/** docs/configuration.md: every key with its type, default and meaning, and every diagnostic code. */
export function configReference(schema: JsonSchema): string {
  const sections = Object.entries(schema.properties ?? {})
  return [INTRODUCTION, ...sections.map(section), steps(schema), WORDS, templates(), diagnostics()]
    .join('\n\n')
    .concat('\n')
}

const INTRODUCTION = `# Configuration

<!-- Generated from config/schema.ts by "npm run generate". Change it there. -->

Letterbox reads one YAML file, \`config/config.yaml\` unless \`--config FILE\` or \`LETTERBOX_CONFIG\` names another. The
[sample](../config/config.yaml) explains itself line by line. Both programs follow the file: a change is active within a
second, and a file with errors never replaces a good one. \`letterbox check\` tells everything that is wrong at once.

Editors with a YAML language server complete and explain every key when the file begins with
\`# yaml-language-server: $schema=./config.schema.json\`.`

const WORDS = `## Words

**duration**: a number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`: \`90s\`, \`20m\`, \`1h\`. **size**: a number and \`b\`, \`k\`, \`m\`, \`g\` or \`t\`: \`512m\`, \`1g\`.

**secret**: \`{ env: NAME }\` or \`{ file: /path }\`, read at the moment of use by the program that needs it. One line end at the
end of a file is no part of the secret. A secret written into the config is an error, and so is an empty one.

**secrets of a step**: a name from the repository’s \`secrets\`: the variable of that name in tests and scripts, the mount of
that id in builds. \`{ name: NAME, env: VARIABLE }\` gives the variable another name, \`{ name: NAME, file: /run/secrets/x }\`
makes a file of it that only the step’s user reads, with its path in \`NAME_FILE\` (in a script: a file \`x\` in a private
folder that is removed afterwards), and \`{ name: NAME, id: ID }\` gives a build’s mount another id.

**glob**: matches the whole text, with regard to case. \`*\` and \`?\` stop at \`/\`, \`**\` does not, \`**/\` also matches nothing;
\`[a-z]\`, \`[!a-z]\`, \`{a,b}\`; \`\\\` takes the next character as it is. So \`feature/**\` matches \`feature/a/b\` and not \`feature\`.
In the lists \`branches\`, \`tags\` and \`paths\` an entry \`!glob\` takes away: the last entry that matches wins, and a list of
nothing but \`!glob\` means everything else. \`paths\` is met when at least one changed file is selected.

**Keys of \`repositories\`** are \`host/path\`. An exact key comes before globs; among globs the one with the most fixed characters
wins, and among equals the one that is first in the alphabet. Hosts are compared without regard to case, and so are paths at
GitHub and Bitbucket.

**Which triggers start**: all of the repository whose \`on\` is the event and whose conditions are met, each as its own run.
A head commit message with \`[skip ci]\`, \`[ci skip]\` or \`[no ci]\` starts nothing on \`push\` and \`pull_request\`; tags are not
skipped. \`letterbox trigger\` with a branch starts triggers \`on: push\` and \`on: manual\`; with a tag those \`on: tag\`, and
those \`on: manual\` that name \`tags\`.

**Anchors** (\`&name\`, \`*name\`) and merge keys (\`<<: *name\`) may be used, within bounds.`

function section([name, schema]: [string, JsonSchema]): string {
  const prefix = schema.properties ? name : `${name}.<${name === 'repositories' ? 'host/path' : 'name'}>`
  const rows = rowsOf(schema.properties ? schema : values(schema), prefix)
  return `## ${name}\n\n${schema.description ?? ''}\n\n${table(rows)}`
}

function steps(schema: JsonSchema): string {
  const step = values(schema.properties?.repositories).properties?.triggers?.items?.properties?.steps?.items
  const all = Object.entries(step?.properties ?? {})
  const isAction = ([name]: [string, JsonSchema]) => Object.hasOwn(actions, name)
  const common = { properties: Object.fromEntries(all.filter((entry) => !isAction(entry))) }
  const sections = all
    .filter(isAction)
    .map(([name, action]) => `### ${name}\n\n${action.description ?? ''}\n\n${table(rowsOf(action, name))}`)
  return [
    `## Steps\n\nA step has exactly one action (${Object.keys(actions).join(', ')}), and beside it:\n\n${table(rowsOf(common, ''))}`,
    ...sections,
  ].join('\n\n')
}

function templates(): string {
  return `## Templates

Image names and tags, site hosts, version labels, the names of applications and environments, and values of environment
variables are [Liquid](https://liquidjs.com) templates; commands, paths and everything else never are. Variables: ${templateNames
    .map((name) => `\`${name}\``)
    .join(', ')}.
\`version\` is the tag without a leading v, \`shortCommit\` has 12 digits. A variable without a value for the event (\`tag\` on a
push) makes the step fail, unless it has a default: \`{{ tag | default: "none" }}\`. Beside Liquid's own filters there is
\`slug\`: it makes a DNS label of at most 63 characters. A text that is one stays as it is; any other gets a hash appended,
so that \`feature/a\` and \`Feature-A\` never share a name. Tags: \`if\`, \`unless\`, \`case\`, \`assign\`, \`comment\`, \`raw\`.`
}

function diagnostics(): string {
  const rows = Object.entries(codes).map(([code, { meaning, fix }]) => [`\`${code}\``, meaning, sentence(fix)])
  return `## Diagnostics\n\nThe codes are stable.\n\n${markdownTable(['code', 'meaning', 'what to do'], rows)}`
}

function table(rows: ReturnType<typeof rowsOf>): string {
  const cells = rows.map((row) => [`\`${row.key}\``, row.type, row.default, row.description])
  return markdownTable(['key', 'type', 'default', 'meaning'], cells)
}

function markdownTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function values(schema: JsonSchema | undefined): JsonSchema {
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : {}
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
