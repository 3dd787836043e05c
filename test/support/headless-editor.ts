/** The workspace's editor without a browser: its extensions and its socket over the real provider, in a DOM of happy-dom's. */
import { HocuspocusProvider } from '@hocuspocus/provider'
import { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { TextSelection, type Transaction as EditorTransaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { textName } from '../../domain/documents/richtext/schema.ts'
import { extensionsFor } from '../../web/features/editor/extensions/extensions.ts'
import { preventCleanUpWithoutAccess } from '../../web/lib/collab/format-clean-up.ts'
import { ProviderWebsocket, type SyncProgress } from '../../web/lib/collab/provider-websocket.ts'
import type { LiveDocument } from '../../web/lib/collab/live-document.ts'
import { toPlainText, type YjsContent } from '../../web/features/editor/yjs/yjs-content.ts'
import { trackAcknowledgedWork } from './acknowledged.ts'
import type { Person } from './client.ts'
import { editorOperations } from './editor-operations.ts'
import { type Participant, reconnectSocket, pickWeighted } from './participant.ts'
import { readAllText } from './replicas.ts'
import { waitUntil } from './wait-until.ts'

/** After a refusal that may pass, the document is asked for again so much later, milliseconds. The workspace waits a second and more. */
const retryDelayMs = 100
/** Its node may be starting again, on a busy machine for half a minute. */
const openTimeoutMs = 180_000
/** Refusals that pass: the server went down or took the document out of memory. */
const temporaryRefusals = ['unavailable', 'provider_initiated']

export interface HeadlessEditorOptions {
  label: string
  url: string
  documentName: string
  person: Pick<Person, 'id' | 'name'> & { token: string }
  /** Told of everything that must not happen. */
  onFault: (fault: string) => void
}

/** The workspace's socket; what is caught while a message is taken, and written to the console, is told. */
class ObservedWebsocket extends ProviderWebsocket {
  readonly #onError: (text: string) => void

  constructor(url: string, onError: (text: string) => void) {
    super(url)
    this.#onError = onError
  }

  override onMessage(event: MessageEvent): void {
    captureConsoleErrors(this.#onError, () => super.onMessage(event))
  }
}

/** Does something, and tells of what it writes to the console as errors. */
function captureConsoleErrors(onError: (text: string) => void, does: () => void): void {
  const { error } = console
  console.error = (...parts: unknown[]) => onError(parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '))
  try {
    does()
  } finally {
    console.error = error
  }
}

export class HeadlessEditor implements Participant {
  readonly label: string
  readonly document = new Y.Doc()
  readonly acknowledgedWork
  editor!: Editor
  readonly options: HeadlessEditorOptions
  readonly #socket: ProviderWebsocket
  readonly #provider: HocuspocusProvider
  #progress: SyncProgress = { isIdle: true, hasSentMissing: false, pendingAcks: 0, refusedEdits: 0 }
  #scope: string | undefined
  #operation: string | undefined
  #closed = false
  /** Changes that an editor asked for and that cannot be suggested. */
  refusedSuggestions = 0
  /** Transactions that the editor wrote though nobody did anything in it. */
  unpromptedEdits = 0

  constructor(options: HeadlessEditorOptions) {
    const { url, documentName, person, label } = options
    this.label = label
    this.options = options
    this.acknowledgedWork = trackAcknowledgedWork(this.document, (origin) => origin === this.#provider)
    this.#socket = new ObservedWebsocket(`${url.replace('http', 'ws')}/collab`, (text) => this.#fault(`console.error: ${text}`))
    Object.assign(this.#socket.configuration, { delay: 20, minDelay: 20, maxDelay: 200 })
    this.#socket.watchProgress(documentName, this.#onProgress)
    this.#provider = new HocuspocusProvider({
      name: documentName,
      document: this.document,
      websocketProvider: this.#socket,
      token: () => person.token,
    })
    this.#provider.on('authenticated', ({ scope }: { scope: string }) => {
      this.#scope = scope
      if (this.editor && !this.editor.isDestroyed) this.editor.setEditable(scope === 'read-write', false)
    })
    this.#provider.on('authenticationFailed', ({ reason }: { reason: string }) => this.#onRefusal(reason))
    this.#provider.on('close', ({ event }: { event: { reason: string } }) => {
      if (event.reason && event.reason !== 'provider_initiated' && this.#socket.status === 'connected') this.#onRefusal(event.reason)
    })
    this.document.on('afterTransaction', this.#onTransaction)
    preventCleanUpWithoutAccess(this.document, () => this.#scope === 'read-write')
    this.#provider.attach()
  }

  /** Opens the document, and its text in an editor once it has arrived. */
  static async open(options: HeadlessEditorOptions): Promise<HeadlessEditor> {
    const one = new HeadlessEditor(options)
    await waitUntil(() => one.#provider.isSynced && one.#scope, `${options.label} to be synced`, openTimeoutMs)
    one.show()
    return one
  }

  /** Shows the text in a new editor. */
  show(): void {
    const live = { doc: this.document, provider: this.#provider } as unknown as LiveDocument
    const { person } = this.options
    this.editor = new Editor({
      element: document.createElement('div'),
      editable: this.#scope === 'read-write',
      extensions: extensionsFor(live, { id: person.id, name: person.name } as Parameters<typeof extensionsFor>[1], 'Write', {
        onThread() {},
        onSuggestion() {},
        onRefused: () => this.refusedSuggestions++,
      }),
    })
  }

  get isEditable(): boolean {
    return this.editor.isEditable
  }

  /** Edits of its own that the server has refused and not taken since. */
  get refusedEdits(): number {
    return this.#progress.refusedEdits
  }

  get isSaved(): boolean {
    return this.#provider.isSynced && this.#progress.hasSentMissing && this.#progress.pendingAcks === 0
  }

  /** How its connection stands, for messages. */
  get connectionState(): string {
    const { isIdle, hasSentMissing, pendingAcks, refusedEdits } = this.#progress
    const progress = isIdle
      ? 'not started'
      : `${hasSentMissing ? 'sent what was missing' : 'nothing sent'}, ${pendingAcks} acknowledgements pending, ${refusedEdits} refused`
    return `socket ${this.#socket.status}${this.#socket.shouldConnect ? '' : ' on purpose'}, ${this.#provider.isSynced ? 'synced' : 'not synced'}, ${this.#scope ?? 'no scope'}, ${progress}`
  }

  act(random: () => number, word: string): string {
    const [name, operation] = pickWeighted(editorOperations(this.isEditable), random)
    this.#checkShownText(`before ${name}`)
    const writes = this.acknowledgedWork.edits
    const text = this.document.getXmlFragment(textName).toString()
    this.perform(name, () => operation({ client: this, random, word }))
    // an emptied text gets the paragraph that the schema wants, from whoever is in it next
    if (name === 'click' && this.acknowledgedWork.edits > writes && (text !== '' || !this.isEditable))
      this.#fault(`a click wrote in the document:\n${text}\nbecame\n${this.document.getXmlFragment(textName).toString()}`)
    return name
  }

  /** Does something in the editor, as its person. What throws is a fault. */
  perform(name: string, does: () => void): void {
    this.#operation = name
    try {
      captureConsoleErrors((text) => this.#fault(`${name}: console.error: ${text}`), does)
    } catch (error) {
      this.#fault(`${name} threw ${(error as Error).stack}\nin ${this.document.getXmlFragment(textName).toString()}`)
    } finally {
      this.#operation = undefined
    }
  }

  /** Selects from one place to another, or as near to them as a selection can be. */
  select(from: number, to = from): void {
    const { state, view } = this.editor
    const { size } = state.doc.content
    const [start, end] = [from, to].map((place) => state.doc.resolve(Math.max(0, Math.min(size, place))))
    view.dispatch(state.tr.setSelection(TextSelection.between(start as NonNullable<typeof start>, end as NonNullable<typeof end>)))
  }

  /** Types, letter by letter, as input comes from a keyboard. */
  type(text: string): void {
    const { view } = this.editor
    for (const letter of text) {
      const { from, to } = view.state.selection
      const asIs = (): EditorTransaction => view.state.tr.insertText(letter, from, to)
      if (!view.someProp('handleTextInput', (handle) => handle(view, from, to, letter, asIs))) view.dispatch(asIs())
    }
  }

  /** Presses a key: what the editor handles itself, and of what it leaves to the browser, deleting. */
  press(key: string, modifiers: KeyboardEventInit = {}): void {
    const { view } = this.editor
    if (view.someProp('handleKeyDown', (handle) => handle(view, new KeyboardEvent('keydown', { key, ...modifiers })))) return
    const { from, empty, $from } = view.state.selection
    if (key !== 'Backspace' && key !== 'Delete') return
    if (!empty) view.dispatch(view.state.tr.deleteSelection())
    else if (key === 'Backspace' && $from.parentOffset > 0) view.dispatch(view.state.tr.delete(from - 1, from))
    else if (key === 'Delete' && $from.parentOffset < $from.parent.content.size) view.dispatch(view.state.tr.delete(from, from + 1))
  }

  disconnect(): void {
    this.#socket.disconnect()
  }

  reconnect(): void {
    reconnectSocket(this.#socket)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.editor?.destroy()
    this.#provider.destroy()
    this.#socket.destroy()
    this.document.destroy()
  }

  #fault(what: string) {
    if (!this.#closed) this.options.onFault(`${this.label}: ${what}`)
  }

  /** The words that are shown are those of the document: else the next edit takes away what is not shown. */
  #checkShownText(when: string) {
    const { doc } = this.editor.state
    const wordsIn = ({ attrs, type }: Node) => (type.name.startsWith('unsupported') ? toPlainText(attrs['content'] as YjsContent) : '')
    const [shown, kept] = [doc.textBetween(0, doc.content.size, '', wordsIn), readAllText(this.document)].map((words) =>
      words.replace(/\s/g, ''),
    )
    if (shown !== kept) this.#fault(`${when} shows words that are not the document's:\n${shown}\n${kept}`)
  }

  readonly #onProgress = (progress: SyncProgress) => {
    this.#progress = progress
    if (progress.hasSentMissing && progress.pendingAcks === 0) this.acknowledgedWork.acknowledge()
  }

  /** An editor writes when its person does something, and at no other time. */
  readonly #onTransaction = (transaction: Y.Transaction) => {
    if (this.#operation !== undefined || transaction.origin !== ySyncPluginKey) return
    if (
      transaction.deleteSet.clients.size === 0 &&
      transaction.afterState.get(this.document.clientID) === transaction.beforeState.get(this.document.clientID)
    )
      return
    this.unpromptedEdits++
    const lost = readDeletedText(transaction)
    if (lost) this.#fault(`the editor took words away to repair the text: ${JSON.stringify(lost)}`)
    if (this.editor && !this.isEditable)
      this.#fault(`a read-only editor wrote in the document: it took away ${listDeletedElements(transaction).join(', ') || 'no element'}`)
  }

  #onRefusal(reason: string) {
    if (this.#closed) return
    this.#socket.resetProgress(this.options.documentName)
    if (!temporaryRefusals.includes(reason)) return this.#fault(`the document was closed: ${reason}`)
    setTimeout(() => {
      if (!this.#closed) void this.#provider.onOpen(new Event('open'))
    }, retryDelayMs)
  }
}

/** The words that a transaction deleted. */
function readDeletedText(transaction: Y.Transaction): string {
  let words = ''
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentString) words += struct.content.str
  })
  return words
}

/** The elements that a transaction deleted, with what was in them. */
function listDeletedElements(transaction: Y.Transaction): string[] {
  const names: string[] = []
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentType && struct.content.type instanceof Y.XmlElement) {
      const { nodeName, parent } = struct.content.type
      names.push(`${nodeName} of ${parent instanceof Y.XmlElement ? parent.nodeName : 'the text'}`)
    }
  })
  return names
}
