import { parseSync, Visitor } from 'oxc-parser'

export type Import = {
  /** as it is written; null where it is computed */
  specifier: string | null
  /** erased before the program runs */
  typeOnly: boolean
  line: number
}

/** Every way in which a source reaches for another: static and dynamic imports, `export … from`, import types,
 *  `import x = require()`, `require`, whatever `createRequire` gives, and `process.getBuiltinModule`.
 *  @throws when the source cannot be parsed: an unread file is not a clean one */
export function importsOf(file: string, source: string): Import[] {
  const { program, errors } = parseSync(file, source, file.includes('.') ? {} : { lang: 'js' })
  const [error] = errors
  if (error) throw new Error(`${file} cannot be parsed: ${error.message}`)
  const found: Import[] = []
  const requires = new Set(['require'])
  const add = (specifier: unknown, typeOnly: boolean, offset: number) =>
    found.push({
      specifier: typeof specifier === 'string' ? specifier : null,
      typeOnly,
      line: source.slice(0, offset).split('\n').length,
    })

  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && isCreateRequire(init)) requires.add(id.name)
    },
  }).visit(program)
  new Visitor({
    ImportDeclaration(node) {
      const named =
        node.specifiers.length > 0 &&
        node.specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type')
      add(node.source.value, node.importKind === 'type' || named, node.start)
    },
    ExportNamedDeclaration(node) {
      const named = node.specifiers.length > 0 && node.specifiers.every((one) => one.exportKind === 'type')
      if (node.source) add(node.source.value, node.exportKind === 'type' || named, node.start)
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.exportKind === 'type', node.start)
    },
    ImportExpression(node) {
      add(literal(node.source), false, node.start)
    },
    TSImportType(node) {
      add(node.source.value, true, node.start)
    },
    TSImportEqualsDeclaration(node) {
      if (node.moduleReference.type === 'TSExternalModuleReference') {
        add(node.moduleReference.expression.value, node.importKind === 'type', node.start)
      }
    },
    CallExpression(node) {
      if (isRequire(node.callee, requires) || isBuiltinRequest(node.callee))
        add(literal(node.arguments[0]), false, node.start)
    },
  }).visit(program)
  return found
}

type Node = { type: string }

function isCreateRequire(node: unknown): boolean {
  return isNode(node, 'CallExpression') && 'callee' in node && nameOf(node.callee) === 'createRequire'
}

/** `require(x)`, `require.resolve(x)`, `createRequire(y)(x)`, `createRequire(y).resolve(x)` */
function isRequire(callee: unknown, requires: Set<string>): boolean {
  if (isCreateRequire(callee)) return true
  if (isNode(callee, 'Identifier') && 'name' in callee)
    return typeof callee.name === 'string' && requires.has(callee.name)
  if (!isNode(callee, 'MemberExpression') || !('object' in callee) || !('property' in callee)) return false
  return nameOf(callee.property) === 'resolve' && isRequire(callee.object, requires)
}

function isBuiltinRequest(callee: unknown): boolean {
  return isNode(callee, 'MemberExpression') && 'property' in callee && nameOf(callee.property) === 'getBuiltinModule'
}

/** Of an identifier its name, of `a.b` the name `b`. */
function nameOf(node: unknown): string | null {
  if (isNode(node, 'Identifier') && 'name' in node && typeof node.name === 'string') return node.name
  return isNode(node, 'MemberExpression') && 'property' in node ? nameOf(node.property) : null
}

function literal(node: unknown): string | null {
  if (isNode(node, 'Literal') && 'value' in node && typeof node.value === 'string') return node.value
  if (
    !isNode(node, 'TemplateLiteral') ||
    !('quasis' in node) ||
    !Array.isArray(node.quasis) ||
    node.quasis.length !== 1
  )
    return null
  const cooked: unknown = node.quasis[0]?.value?.cooked
  return typeof cooked === 'string' ? cooked : null
}

function isNode(node: unknown, type: string): node is Node {
  return typeof node === 'object' && node !== null && 'type' in node && node.type === type
}
