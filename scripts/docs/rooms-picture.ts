import { ROOM_WORDS } from './room-words.ts'
import { type Import, importsAmong, productionFiles } from './source-imports.ts'

/** A block of a page that holds a picture: the mark names the workspace, or `workspaces`. */
const BLOCK = /(<!-- rooms of ([\w/-]+) -->\n)[\s\S]*?(<!-- \/rooms -->)/g
/** The files beside the rooms of a workspace: they begin it. */
const TOP = 'main.ts'

/**
 * The page with the pictures of its blocks, drawn from the imports of the production files under `root`.
 * @throws RangeError where a block names a workspace that is not there.
 */
export function withRoomsPictures(page: string, root: string): string {
  const files = productionFiles(root)
  const imports = importsAmong(files, root)
  return page.replace(BLOCK, (_, head: string, name: string, foot: string) => {
    const nodeOf = name === 'workspaces' ? workspaceOf : (path: string) => roomOf(path, name)
    const picture = pictureOf(files.map(nodeOf), arrowsOf(imports, nodeOf), ROOM_WORDS[name] ?? {})
    if (picture === undefined) throw new RangeError(`<!-- rooms of ${name} -->: there is no such workspace`)
    return `${head}\n\`\`\`mermaid\n${picture}\n\`\`\`\n\n${foot}`
  })
}

/** Rooms without words, and words without a room. */
export function roomFaults(root: string): string[] {
  const files = productionFiles(root)
  return Object.entries(ROOM_WORDS).flatMap(([workspace, words]) => {
    const rooms = new Set(files.map((path) => roomOf(path, workspace)))
    const unsaid = [...rooms].filter((room) => room !== undefined && room !== TOP && !(room in words))
    const gone = Object.keys(words).filter((room) => !rooms.has(room))
    return [
      ...unsaid.map((room) => `${workspace}/src/${room}: say in scripts/docs/room-words.ts what stands in this folder`),
      ...gone.map((room) => `scripts/docs/room-words.ts: there is no ${workspace}/src/${room}`),
    ]
  })
}

type NodeOf = (path: string) => string | undefined

function arrowsOf(imports: readonly Import[], nodeOf: NodeOf): Arrow[] {
  const graph = new Graph()
  for (const { from, to } of imports) {
    const [user, used] = [nodeOf(from), nodeOf(to)]
    // What rooms take from the files beside them (errors, metrics, settings) would be an arrow from each of them.
    if (user !== undefined && used !== undefined && used !== TOP) graph.add(user, used)
  }
  return graph.arrows()
}

function pictureOf(
  found: readonly (string | undefined)[],
  arrows: readonly Arrow[],
  words: Readonly<Record<string, string>>,
): string | undefined {
  const nodes = [...new Set(found)].filter((node) => node !== undefined).sort()
  if (nodes.length === 0) return undefined
  const begins = arrows.some(({ from }) => from === TOP)
  const shown = [...(begins ? [TOP] : []), ...nodes.filter((node) => node !== TOP)]
  return [
    'flowchart LR',
    ...shown.map((node) => `  ${id(node)}["${[node, ...(words[node] ? [words[node]] : [])].join('<br/>')}"]`),
    ...arrows.map(({ from, to, mutual }) => `  ${id(from)} ${mutual ? '<-->' : '-->'} ${id(to)}`),
  ].join('\n')
}

function workspaceOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

function roomOf(path: string, workspace: string): string | undefined {
  if (!path.startsWith(`${workspace}/src/`)) return undefined
  const [room = '', ...below] = path.slice(`${workspace}/src/`.length).split('/')
  return below.length === 0 ? TOP : room
}

/** A name alone could be a word of Mermaid's own: `call`, `end` and `class` break its parser. */
function id(node: string): string {
  return `room_${node.replace(/\W/g, '_')}`
}

interface Arrow {
  readonly from: string
  readonly to: string
  /** Each uses the other. */
  readonly mutual: boolean
}

/** Who uses whom. */
class Graph {
  readonly #used = new Map<string, Set<string>>()

  add(user: string, used: string): void {
    if (user === used) return
    this.#used.set(user, (this.#used.get(user) ?? new Set()).add(used))
  }

  /**
   * The arrows that have to be drawn: none that another way leads along already, and one for two nodes that use each other. Nodes in a circle
   * keep all arrows among them.
   */
  arrows(): Arrow[] {
    const reach = new Map([...this.#used.keys()].map((node) => [node, this.#reachOf(node)]))
    const reaches = (from: string, to: string) => reach.get(from)?.has(to) ?? false
    const isCircle = (a: string, b: string) => reaches(a, b) && reaches(b, a)
    return [...this.#used]
      .flatMap(([from, all]) =>
        [...all]
          .sort()
          .filter((to) => isCircle(from, to) || !this.#hasDetour(from, to, reaches))
          .map((to) => ({ from, to, mutual: this.#used.get(to)?.has(from) ?? false }))
          .filter(({ to, mutual }) => !mutual || from < to),
      )
      .sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1))
  }

  /** Whether another node lies between the two, in no circle with either of them. */
  #hasDetour(from: string, to: string, reaches: (from: string, to: string) => boolean): boolean {
    return [...this.#used.keys()].some(
      (via) => reaches(from, via) && !reaches(via, from) && reaches(via, to) && !reaches(to, via),
    )
  }

  #reachOf(node: string): Set<string> {
    const found = new Set<string>()
    const open = [node]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const next of this.#used.get(at) ?? []) {
        if (found.has(next)) continue
        found.add(next)
        open.push(next)
      }
    }
    return found
  }
}
