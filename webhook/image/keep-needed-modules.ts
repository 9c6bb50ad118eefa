import { cpSync, existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/* Runs while the web image is built: copies out of node_modules what the rooms of the web program import, and what that
 * needs in turn. What only the worker uses (engine, mail, AWS) and what only developers use stays out of the image.
 * usage: node keep-needed-modules.ts FROM TO, both folders that hold the project */

const ROOMS = '{config,forge,job,webhook}/**/*.ts'
const [from = '.', to = 'out'] = process.argv.slice(2)

const kept = new Set<string>()
for (const name of importedPackages()) keep(name, '')
for (const path of [...kept].sort()) copy(path)
console.log(`${kept.size} packages kept`)

/** Type imports are stripped before anything runs. */
function importedPackages(): string[] {
  const names = globSync(ROOMS, { cwd: from }).flatMap((file) => {
    const source = readFileSync(join(from, file), 'utf8')
    const found = source.matchAll(/^(?:import|export)(?! type)[^'"]*?from '([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm)
    return [...found].map(([, still, late]) => still ?? late ?? '')
  })
  return [...new Set(names.filter((name) => !name.startsWith('node:')).map(packageName))]
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Keeps a package as Node.js would find it from `above`, a path of packages like `koa` or `koa/node_modules/qs`. */
function keep(name: string, above: string): void {
  const path = find(name, above)
  if (path === null) throw new Error(`${name}, which ${above || 'the web program'} needs, is not in node_modules`)
  if (kept.has(path)) return
  kept.add(path)
  const { dependencies = {}, optionalDependencies = {} } = packageOf(path)
  for (const needed of Object.keys(dependencies)) if (!(needed in optionalDependencies)) keep(needed, path)
}

function find(name: string, above: string): string | null {
  for (let place = above; ; place = dirname(place)) {
    const path = place === '' || place === '.' ? join('node_modules', name) : join(place, 'node_modules', name)
    if (existsSync(join(from, path, 'package.json'))) return path
    if (place === '' || place === '.') return null
  }
}

function packageOf(path: string): { dependencies?: object; optionalDependencies?: object } {
  return JSON.parse(readFileSync(join(from, path, 'package.json'), 'utf8'))
}

/** Nested packages are copied only when they are kept themselves. */
function copy(path: string): void {
  const source = join(from, path)
  cpSync(source, join(to, path), {
    recursive: true,
    filter: (file) => !file.slice(source.length).includes('node_modules'),
  })
}
