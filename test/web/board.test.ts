import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('boards and plans in the workspace', (workspace) => {
  const { openAs } = workspace
  /** Checks that a page is no wider than its window and takes screenshots. */
  async function lookAt(page: Page, name: string) {
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is no wider than its window`).toBe(true)
    await screenshot(page, name)
  }
  const lane = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  const cards = (page: Page, name: string) => lane(page, name).locator('[data-task-id] .task-card-title').allTextContents()

  test('two people add, move, drag and vote on one board, by keyboard too; a viewer can change nothing', async () => {
    const ann = await registerPerson(workspace.url, 'Ann')
    const ben = await registerPerson(workspace.url, 'Ben')
    const vic = await registerPerson(workspace.url, 'Vic')
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Lamp team' })
    const member = (person: Person) => `/api/documents/${space.documentName}/members/${person.id}`
    await ann.request('PUT', member(ben), { role: 'editor' })
    await ann.request('PUT', member(vic), { role: 'viewer' })
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
      expect((await ann.request('POST', `/api/spaces/${space.id}/tasks`, task)).status).toBe(201)
    await ann.request('POST', `/api/spaces/${space.id}/notes`, { title: 'Monday', text: 'The lamp works down to eight metres.' })
    await ann.request('POST', `/api/spaces/${space.id}/ideas`, { title: 'A lamp that floats' })
    const options = [
      { id: 'a', text: 'Monday' },
      { id: 'b', text: 'Friday' },
    ]
    await ann.request('POST', `/api/spaces/${space.id}/polls`, { question: 'When do we meet?', options })

    const here = await openAs(ann, path)
    const there = await openAs(ben, path, { ...phoneWindow, colorScheme: 'dark' })
    await lane(there, 'To do').getByText('Ask ten divers').waitFor()

    await lane(here, 'To do').getByRole('button', { name: 'Add a task to To do' }).click()
    await here.getByRole('textbox', { name: 'What is to be done' }).fill('Write the price list')
    await here.keyboard.press('Enter')
    await lane(there, 'To do').getByText('Write the price list').waitFor()

    // by keyboard: pick up, move right, move up, drop
    const card = here.getByRole('button', { name: 'Write the price list' })
    await card.focus()
    await here.keyboard.press('Space')
    const status = here.locator('[role=status][aria-live=assertive]')
    await expect.poll(() => status.textContent()).toContain('picked up')
    await here.keyboard.press('ArrowRight')
    await expect.poll(() => status.textContent()).toBe('Write the price list: Doing, place 2 of 2.')
    await lookAt(here, 'board-lifted')
    await here.keyboard.press('ArrowUp')
    await expect.poll(() => status.textContent()).toBe('Write the price list: Doing, place 1 of 2.')
    await here.keyboard.press('Space')
    await here.keyboard.press('ArrowDown')
    expect(await here.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Draw the lamp')
    await expect.poll(() => cards(there, 'Doing')).toEqual(['Write the price list', 'Draw the lamp'])

    // on a phone, with the menu of the card
    await there.getByRole('button', { name: 'Move Find a seal that holds' }).click()
    await there.getByRole('menuitem', { name: 'Move down' }).click()
    await expect.poll(() => cards(here, 'To do')).toEqual(['Ask ten divers', 'Find a seal that holds'])
    // by drag and drop
    await here.getByRole('button', { name: 'Ask ten divers' }).dragTo(lane(here, 'In review'))
    await expect.poll(() => cards(there, 'In review')).toEqual(['Ask ten divers'])

    await here.getByRole('button', { name: /Friday/ }).click()
    await there.getByRole('button', { name: /Friday/ }).click()
    await expect
      .poll(() =>
        here
          .getByRole('button', { name: /Friday/ })
          .locator('.poll-count')
          .textContent(),
      )
      .toBe('2')
    await waitUntilSaved(here)
    await lookAt(here, 'board')
    await lookAt(there, 'board')

    // offline changes are merged after the client reconnects
    await here.context().setOffline(true)
    await here.getByRole('button', { name: 'Draw the lamp' }).focus()
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

    const looking = await openAs(vic, path)
    await looking.getByText('View only').first().waitFor()
    await lane(looking, 'In review').getByText('Draw the lamp').waitFor()
    expect(await looking.getByRole('button', { name: /Add a task|Move / }).count()).toBe(0)
    const before = await cards(looking, 'In review')
    await looking.getByRole('button', { name: 'Draw the lamp' }).focus()
    await looking.keyboard.press('Space')
    await looking.keyboard.press('ArrowRight')
    expect(await cards(looking, 'In review')).toEqual(before)
    await lookAt(looking, 'board-viewer')
    // the viewer can switch to the text
    await looking.getByText('Text', { exact: true }).click()
    await looking.locator('.rich-text').waitFor()
  })

  test('two people edit a plan: both see the sprints, milestones, risks and figures', async () => {
    const ann = await registerPerson(workspace.url, 'Ann')
    const ben = await registerPerson(workspace.url, 'Ben')
    const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Lanternfish' })
    await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
    const root = `/api/ventures/${venture.id}/plan`
    const path = `/documents/${venture.planDocumentName}`
    const here = await openAs(ann, path)
    const there = await openAs(ben, path, phoneWindow)
    await lookAt(here, 'plan-empty')
    await here.getByRole('button', { name: 'Begin today' }).click()
    await there.getByText('Sprint 2').first().waitFor()

    await there.getByLabel('Team formed is achieved').check()
    await expect.poll(() => here.getByLabel('Team formed is achieved').isChecked()).toBe(true)

    await here.getByRole('button', { name: 'Risk' }).click()
    await here.getByRole('textbox', { name: 'What may happen' }).fill('The seal leaks')
    await here.getByRole('spinbutton', { name: 'How bad, 1 to 5', exact: true }).fill('5')
    await here.getByRole('spinbutton', { name: 'How likely, 1 to 5', exact: true }).fill('3')
    await here.getByRole('button', { name: 'Save' }).click()
    await there.getByText('The seal leaks').waitFor()
    expect(await there.locator('.risk-list .risk-score').first().getAttribute('data-risk-level')).toBe('high')

    for (const [section, made] of [
      ['goals', { title: 'Ten divers who want one', target: 10, current: 4, unit: 'divers', dueOn: '2027-03-30', specific: 'Ten orders' }],
      ['goals', { title: 'Lamp survives ten metres', target: 10, current: 8, unit: 'metres' }],
      ['raci', { activity: 'Build the lamp', responsible: 'Ann', accountable: 'Ben', consulted: 'Wen', state: 'IN_PROGRESS' }],
      ['raci', { activity: 'Agree on a price', responsible: 'Ben', accountable: 'Ann', state: 'BLOCKED' }],
      ['risks', { title: 'No money', impact: 4, probability: 2, kind: 'FINANCIAL', mitigation: 'Ask the umbrella' }],
      ['figures', { name: 'Orders', unit: 'lamps' }],
    ] as const)
      expect((await ann.request('POST', `${root}/${section}`, made)).status).toBe(201)
    const { figures } = (await ann.request('GET', root)).body
    for (const [on, value] of [
      ['2027-03-01', 1],
      ['2027-03-05', 3],
      ['2027-03-09', 8],
    ])
      await ann.request('POST', `${root}/readings`, { figureId: figures[0].id, on, value })
    for (const page of [here, there]) await page.getByRole('img', { name: /Orders from 2027-03-01 to 2027-03-09: 1, 3, 8 lamps/ }).waitFor()
    await ann.request('PATCH', `${root}/phases/foundation`, { state: 'IN_PROGRESS' })
    await here.getByText('In progress').first().waitFor()
    await waitUntilSaved(here)
    await lookAt(here, 'plan')
    await lookAt(there, 'plan')
  })
})
