// Loaded before any TypeScript, in every process and thread of the lab: removes types from a source file once, and keeps
// the result on disk under the hash of the source. Node.js does the same by itself, but anew in each thread, which costs
// more than everything else in the start of a replica. Beside it lies what V8 made of each module, its code cache, so that
// the next thread does not compile it again. Without a place to keep results it stays out of the way.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread, threadId } from 'node:worker_threads'

const project = new URL('../', import.meta.url).href
const folder = fileURLToPath(new URL('node_modules/.cache/archlab/', project))

/** Where the project's own names lead. */
const own = new Map()

if (makeFolder()) {
  enableCompileCache(`${folder}code/`)
  registerHooks({
    // The project's own imports name their file: nothing to search for, no package.json to ask for the format. A missing
    // file is left to Node.js, which has the words for it.
    resolve(specifier, context, next) {
      const { parentURL } = context
      if (specifier.startsWith('.') && specifier.endsWith('.ts') && parentURL?.startsWith(project)) {
        const target = new URL(specifier, parentURL)
        if (existsSync(target)) return { url: target.href, format: 'module', shortCircuit: true }
      }
      if (specifier.startsWith('node:')) return { url: specifier, format: 'builtin', shortCircuit: true }
      // What the project calls itself means the same in all of its files, and is searched for by reading package.json.
      if (!specifier.startsWith('@archlab/') || !parentURL?.startsWith(project)) return next(specifier, context)
      const known = own.get(specifier)
      if (known) return known
      const found = { ...next(specifier, context), shortCircuit: true }
      own.set(specifier, found)
      return found
    },
    load(url, context, next) {
      if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts') || url.includes('/node_modules/')) {
        return next(url, context)
      }
      return { format: 'module', source: stripped(readFileSync(new URL(url), 'utf8')), shortCircuit: true }
    },
  })
}

// A process that will start many threads strips what they are going to load before they do: else, at the very first start,
// every one of them would begin with the same work.
const ahead = process.env.ARCHLAB_STRIP_AHEAD
if (isMainThread && ahead !== undefined) for (const place of ahead.split(' ')) stripAll(new URL(place, import.meta.url))

function stripAll(place) {
  for (const name of readdirSync(place, { recursive: true })) {
    if (name.endsWith('.ts') && !name.endsWith('.test.ts')) stripped(readFileSync(new URL(name, place), 'utf8'))
  }
}

function makeFolder() {
  try {
    mkdirSync(folder, { recursive: true })
    return true
  } catch {
    return false
  }
}

/** The source without its types; lines and columns stay where they are. */
function stripped(source) {
  const hash = createHash('sha256').update(process.version).update(source).digest('hex')
  const file = `${folder}${hash}.js`
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const text = stripTypeScriptTypes(source)
    keep(file, text)
    return text
  }
}

/** Written aside and moved, so that another thread never reads half a file. */
function keep(file, text) {
  const draft = `${file}.${process.pid}.${threadId}`
  try {
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch {
    // A full or read-only disk: the next start strips again.
  }
}
