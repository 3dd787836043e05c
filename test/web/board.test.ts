import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { startBrowser } from '../support/browser.ts'
import { type Person, register } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'

const started = await startBrowser()
const browser = 'missing' in started ? undefined : (started as Browser)
if (!browser) console.log(`Not tested here: the board and the plan in a browser, as ${(started as { missing: string }).missing}.`)
/** Where pictures go; none are taken without. */
const pictures = process.env.SCREENSHOTS

describe.skipIf(!browser)('the board and the plan in browsers', { timeout: 120_000 }, () => {
  let node: Node
  beforeAll(async () => {
    node = await emptyNode()
  })
  afterAll(() => browser?.close())

  async function at(path: string, { email, password }: Person, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
    const context = await (browser as Browser).newContext({ viewport: { width, height: width < 500 ? 844 : 900 }, colorScheme })
    const page = await context.newPage()
    page.setDefaultTimeout(45_000)
    await page.goto(`${node.url}/sign-in`)
    await page.getByLabel('E-mail').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'New', exact: true }).waitFor()
    await page.goto(node.url + path)
    return page
  }
  const picture = async (page: Page, name: string) => {
    if (!pictures) return
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
    const { width } = page.viewportSize() as { width: number }
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} is no wider than the screen`).toBeLessThanOrEqual(
      width,
    )
  }
  const lane = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  const cards = (page: Page, name: string) => lane(page, name).locator('[data-card] .card-title').allTextContents()
  const saved = (page: Page) => page.locator('[data-mark="saved"]').waitFor()

  test('two people work on one board: add, move by keys with each step told, drag, vote; a viewer only looks', async () => {
    const ann = await register(node.url, 'Ann')
    const ben = await register(node.url, 'Ben')
    const vic = await register(node.url, 'Vic')
    const { body: space } = await ann.ask('POST', '/api/spaces', { name: 'Lamp team' })
    const member = (person: Person) => `/api/documents/${space.documentName}/members/${person.id}`
    await ann.ask('PUT', member(ben), { role: 'editor' })
    await ann.ask('PUT', member(vic), { role: 'viewer' })
    const path = `/documents/${space.documentName}`
    for (const task of [
      {
        title: 'Find a seal that holds',
        text: 'Rubber, silicone, or what divers use',
        kind: 'OPS',
        assigneeId: ben.id,
        dueOn: '2027-03-12',
      },
      { title: 'Ask ten divers', kind: 'GROWTH' },
      { title: 'Draw the lamp', kind: 'DESIGN', status: 'DOING', assigneeId: ann.id },
      { title: 'Name the venture', status: 'DONE' },
    ])
      expect((await ann.ask('POST', `/api/spaces/${space.id}/tasks`, task)).status).toBe(201)
    await ann.ask('POST', `/api/spaces/${space.id}/notes`, { title: 'Monday', text: 'The lamp works down to eight metres.' })
    await ann.ask('POST', `/api/spaces/${space.id}/ideas`, { title: 'A lamp that floats' })
    const options = [
      { id: 'a', text: 'Monday' },
      { id: 'b', text: 'Friday' },
    ]
    await ann.ask('POST', `/api/spaces/${space.id}/polls`, { question: 'When do we meet?', options })

    const here = await at(path, ann, 1280, 'light')
    const there = await at(path, ben, 390, 'dark')
    await lane(there, 'To do').getByText('Ask ten divers').waitFor()

    await lane(here, 'To do').getByRole('button', { name: 'Add a task to To do' }).click()
    await here.getByLabel('What is to be done').fill('Write the price list')
    await here.keyboard.press('Enter')
    await lane(there, 'To do').getByText('Write the price list').waitFor()

    // by keys: picked up, two to the right, one up, put down
    const card = here.getByRole('button', { name: 'Write the price list', exact: true })
    await card.focus()
    await here.keyboard.press('Space')
    const status = here.locator('[role=status][aria-live=assertive]')
    await expect.poll(() => status.textContent()).toContain('picked up')
    await here.keyboard.press('ArrowRight')
    await expect.poll(() => status.textContent()).toBe('Write the price list: Doing, place 2 of 2.')
    await picture(here, 'board-lifted-wide-light')
    await here.keyboard.press('ArrowUp')
    await expect.poll(() => status.textContent()).toBe('Write the price list: Doing, place 1 of 2.')
    await here.keyboard.press('Space')
    await here.keyboard.press('ArrowDown')
    expect(await here.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Draw the lamp')
    await expect.poll(() => cards(there, 'Doing')).toEqual(['Write the price list', 'Draw the lamp'])

    // on a phone, by the menu of the card
    await there.getByRole('button', { name: 'Move Find a seal that holds' }).click()
    await there.getByRole('menuitem', { name: 'Move down' }).click()
    await expect.poll(() => cards(here, 'To do')).toEqual(['Ask ten divers', 'Find a seal that holds'])
    // by dragging
    await here.getByRole('button', { name: 'Ask ten divers', exact: true }).dragTo(lane(here, 'In review'))
    await expect.poll(() => cards(there, 'In review')).toEqual(['Ask ten divers'])

    await here.getByRole('button', { name: 'Friday' }).click()
    await there.getByRole('button', { name: 'Friday' }).click()
    await expect.poll(() => here.getByRole('button', { name: 'Friday' }).locator('.poll-count').textContent()).toBe('2')
    await saved(here)
    await picture(here, 'board-wide-light')
    await picture(there, 'board-narrow-dark')

    // offline work comes back with its owner
    await here.context().setOffline(true)
    await here.getByRole('button', { name: 'Draw the lamp', exact: true }).focus()
    await here.keyboard.press('Space')
    await here.keyboard.press('ArrowRight')
    await there.getByRole('button', { name: 'Move Write the price list' }).click()
    await there.getByRole('menuitem', { name: 'Move left' }).click()
    await here.context().setOffline(false)
    for (const page of [here, there]) {
      await expect.poll(() => cards(page, 'Doing')).toEqual([])
      await expect.poll(() => cards(page, 'In review')).toContain('Draw the lamp')
      await expect.poll(() => cards(page, 'To do')).toContain('Write the price list')
    }

    const looking = await at(path, vic, 1280, 'dark')
    await looking.getByText('View only').first().waitFor()
    await lane(looking, 'In review').getByText('Draw the lamp').waitFor()
    expect(await looking.getByRole('button', { name: /Add a task|Move / }).count()).toBe(0)
    const before = await cards(looking, 'In review')
    await looking.getByRole('button', { name: 'Draw the lamp', exact: true }).focus()
    await looking.keyboard.press('Space')
    await looking.keyboard.press('ArrowRight')
    expect(await cards(looking, 'In review')).toEqual(before)
    await picture(looking, 'board-wide-dark-viewer')
    // the text is one step away
    await looking.getByText('Text', { exact: true }).click()
    await looking.locator('.paper-text').waitFor()
  })

  test('two people plan: the thirty days begin, a milestone is reached, risks and figures are seen by both', async () => {
    const ann = await register(node.url, 'Ann')
    const ben = await register(node.url, 'Ben')
    const { body: venture } = await ann.ask('POST', '/api/ventures', { name: 'Lanternfish' })
    await ann.ask('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
    const root = `/api/ventures/${venture.id}/plan`
    const path = `/documents/${venture.planDocumentName}`
    const here = await at(path, ann, 1280, 'light')
    const there = await at(path, ben, 390, 'light')
    await picture(here, 'plan-empty-wide-light')
    await here.getByRole('button', { name: 'Begin today' }).click()
    await there.getByText('Sprint 2').first().waitFor()

    await there.getByLabel('Team formed is achieved').check()
    await expect.poll(() => here.getByLabel('Team formed is achieved').isChecked()).toBe(true)

    await here.getByRole('button', { name: 'Risk', exact: true }).click()
    await here.getByLabel('What may happen').fill('The seal leaks')
    await here.getByLabel('How bad, 1 to 5').fill('5')
    await here.getByLabel('How likely, 1 to 5').fill('3')
    await here.getByRole('button', { name: 'Save' }).click()
    await there.getByText('The seal leaks').waitFor()
    expect(await there.locator('.risk-list .risk-score').first().getAttribute('data-weight')).toBe('high')

    for (const [section, made] of [
      ['goals', { title: 'Ten divers who want one', target: 10, current: 4, unit: 'divers', dueOn: '2027-03-30', specific: 'Ten orders' }],
      ['goals', { title: 'Lamp survives ten metres', target: 10, current: 8, unit: 'metres' }],
      ['raci', { activity: 'Build the lamp', responsible: 'Ann', accountable: 'Ben', consulted: 'Wen', state: 'IN_PROGRESS' }],
      ['raci', { activity: 'Agree on a price', responsible: 'Ben', accountable: 'Ann', state: 'BLOCKED' }],
      ['risks', { title: 'No money', impact: 4, probability: 2, kind: 'FINANCIAL', mitigation: 'Ask the umbrella' }],
      ['figures', { name: 'Orders', unit: 'lamps' }],
    ] as const)
      expect((await ann.ask('POST', `${root}/${section}`, made)).status).toBe(201)
    const { figures } = (await ann.ask('GET', root)).body
    for (const [on, value] of [
      ['2027-03-01', 1],
      ['2027-03-05', 3],
      ['2027-03-09', 8],
    ])
      await ann.ask('POST', `${root}/readings`, { figureId: figures[0].id, on, value })
    for (const page of [here, there]) await page.getByRole('img', { name: /Orders from 2027-03-01 to 2027-03-09: 1, 3, 8 lamps/ }).waitFor()
    await ann.ask('PATCH', `${root}/phases/foundation`, { state: 'IN_PROGRESS' })
    await here.getByText('In progress').first().waitFor()
    await saved(here)
    await picture(here, 'plan-wide-light')
    await picture(there, 'plan-narrow-light')
    if (pictures) {
      await there.emulateMedia({ colorScheme: 'dark' })
      await picture(there, 'plan-narrow-dark')
      await here.emulateMedia({ colorScheme: 'dark' })
      await picture(here, 'plan-wide-dark')
      await here.getByRole('button', { name: 'Ten divers who want one' }).click()
      await here.getByRole('dialog').waitFor()
      await expect.poll(() => here.getByRole('dialog').evaluate((dialog) => getComputedStyle(dialog).opacity)).toBe('1')
      await here.screenshot({ path: join(pictures, 'plan-dialog-wide-dark.png') })
    }
  })
})
