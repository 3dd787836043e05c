import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { startBrowser } from '../support/browser.ts'
import { type Person, register } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'

const started = await startBrowser()
const browser = 'missing' in started ? undefined : (started as Browser)
if (!browser) console.log(`Not tested here: files in a browser, as ${(started as { missing: string }).missing}.`)
/** Where pictures go; none are taken without. */
const pictures = process.env.SCREENSHOTS

describe.skipIf(!browser)('files in the workspace', { timeout: 90_000 }, () => {
  let node: Node
  let ann: Person
  beforeAll(async () => {
    node = await emptyNode()
    ann = await register(node.url, 'Ann')
  })
  afterAll(() => browser?.close())

  async function signedIn(width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
    const page = await (
      await (browser as Browser).newContext({ viewport: { width, height: 800 }, colorScheme, acceptDownloads: true })
    ).newPage()
    page.setDefaultTimeout(45_000)
    await page.goto(`${node.url}/sign-in`)
    await page.getByLabel('E-mail').fill(ann.email)
    await page.locator('input[type=password]').fill(ann.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'New', exact: true }).waitFor()
    return page
  }
  const picture = async (page: Page, name: string) => {
    if (!pictures) return
    // what fades in is waited for
    await page.evaluate(() =>
      Promise.all(
        document
          .getAnimations()
          .filter((one) => one.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
          .map((one) => one.finished),
      ),
    )
    await page.screenshot({ path: join(pictures, `${name}.png`) })
  }
  /** Drags a file over the page, and lets it go. */
  async function drop(page: Page, name: string, text: string, held?: () => Promise<void>) {
    const transfer = await page.evaluateHandle(
      ([called, words]) => {
        const moved = new DataTransfer()
        moved.items.add(new File([words as string], called as string))
        return moved
      },
      [name, text],
    )
    await page.dispatchEvent('main', 'dragenter', { dataTransfer: transfer })
    await page.getByText('Drop a Word, Markdown or HTML file').waitFor()
    await held?.()
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer })
  }

  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)(
    'a dropped file becomes a draft, which is exported from its menu; a bad file is told (%i wide, %s)',
    async (width, scheme) => {
      const page = await signedIn(width, scheme)
      await drop(page, 'bad.docx', 'no Word file', () => picture(page, `import-held-${width}`))
      await page.getByText('bad.docx was not imported').waitFor()
      await page.getByText('Its name says Word document, but it is none.').waitFor()
      await picture(page, `import-refused-${width}`)

      await drop(page, 'Our terms.md', '# Terms\n\nWe share **everything**.\n\n| Who | Share |\n| --- | --- |\n| Ann | 50 % |\n')
      const paper = page.locator('[contenteditable]').first()
      await paper.getByText('We share everything.').waitFor()
      expect(await paper.locator('table').count()).toBe(1)

      await page.getByRole('button', { name: 'Export', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Markdown (.md)' }).waitFor()
      await picture(page, `export-menu-${width}`)
      const downloaded = page.waitForEvent('download')
      await page.getByRole('menuitem', { name: 'Markdown (.md)' }).click()
      const file = await downloaded
      expect(file.suggestedFilename()).toBe('Our terms.md')
      expect(readFileSync((await file.path()) as string, 'utf8')).toBe(
        '# Terms\n\nWe share **everything**.\n\n| Who | Share |\n| --- | --- |\n| Ann | 50 % |\n',
      )
      await page.context().close()
    },
  )

  test('a file is chosen by hand', async () => {
    const page = await signedIn(1280, 'light')
    await page
      .getByLabel('File to import')
      .setInputFiles({ name: 'By hand.html', mimeType: 'text/html', buffer: Buffer.from('<p>Chosen.</p>') })
    await page.locator('[contenteditable]').first().getByText('Chosen.').waitFor()
    await page.context().close()
  })
})
