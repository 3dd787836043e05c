import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('boards and plans in the workspace', (workspace) => {
  const { openAs } = workspace
  /** Checks that a page is no wider than its window and takes screenshots. */
  async function captureFittingPage(page: Page, name: string) {
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is no wider than its window`).toBe(true)
    await screenshot(page, name)
  }
  const getLane = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  const listCardTitles = (page: Page, name: string) => getLane(page, name).locator('[data-task-id] .task-card-title').allTextContents()

  test('two people add, move, drag and vote on one board, by keyboard too; a viewer can change nothing', async () => {
    const ann = await registerPerson(workspace.url, 'Ann')
    const ben = await registerPerson(workspace.url, 'Ben')
    const vic = await registerPerson(workspace.url, 'Vic')
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Lamp team' })
    const toMembershipPath = (person: Person) => `/api/documents/${space.documentName}/members/${person.id}`
    await ann.request('PUT', toMembershipPath(ben), { role: 'editor' })
    await ann.request('PUT', toMembershipPath(vic), { role: 'viewer' })
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

    const annsPage = await openAs(ann, path)
    const bensPage = await openAs(ben, path, { ...phoneWindow, colorScheme: 'dark' })
    await getLane(bensPage, 'To do').getByText('Ask ten divers').waitFor()

    await getLane(annsPage, 'To do').getByRole('button', { name: 'Add a task to To do' }).click()
    await annsPage.getByRole('textbox', { name: 'What is to be done' }).fill('Write the price list')
    await annsPage.keyboard.press('Enter')
    await getLane(bensPage, 'To do').getByText('Write the price list').waitFor()

    // by keyboard: pick up, move right, move up, drop
    const card = annsPage.getByRole('button', { name: 'Write the price list' })
    await card.focus()
    await annsPage.keyboard.press('Space')
    const status = annsPage.locator('[role=status][aria-live=assertive]')
    await expect.poll(() => status.textContent()).toContain('picked up')
    await annsPage.keyboard.press('ArrowRight')
    await expect.poll(() => status.textContent()).toBe('Write the price list: Doing, place 2 of 2.')
    await captureFittingPage(annsPage, 'board-lifted')
    await annsPage.keyboard.press('ArrowUp')
    await expect.poll(() => status.textContent()).toBe('Write the price list: Doing, place 1 of 2.')
    await annsPage.keyboard.press('Space')
    await annsPage.keyboard.press('ArrowDown')
    expect(await annsPage.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Draw the lamp')
    await expect.poll(() => listCardTitles(bensPage, 'Doing')).toEqual(['Write the price list', 'Draw the lamp'])

    // on a phone, with the menu of the card
    await bensPage.getByRole('button', { name: 'Move Find a seal that holds' }).click()
    await bensPage.getByRole('menuitem', { name: 'Move down' }).click()
    await expect.poll(() => listCardTitles(annsPage, 'To do')).toEqual(['Ask ten divers', 'Find a seal that holds'])
    // by drag and drop
    await annsPage.getByRole('button', { name: 'Ask ten divers' }).dragTo(getLane(annsPage, 'In review'))
    await expect.poll(() => listCardTitles(bensPage, 'In review')).toEqual(['Ask ten divers'])

    await annsPage.getByRole('button', { name: /Friday/ }).click()
    await bensPage.getByRole('button', { name: /Friday/ }).click()
    await expect
      .poll(() =>
        annsPage
          .getByRole('button', { name: /Friday/ })
          .locator('.poll-count')
          .textContent(),
      )
      .toBe('2')
    await waitUntilSaved(annsPage)
    await captureFittingPage(annsPage, 'board')
    await captureFittingPage(bensPage, 'board')

    // offline changes are merged after the client reconnects
    await annsPage.context().setOffline(true)
    await annsPage.getByRole('button', { name: 'Draw the lamp' }).focus()
    await annsPage.keyboard.press('Space')
    await annsPage.keyboard.press('ArrowRight')
    await bensPage.getByRole('button', { name: 'Move Write the price list' }).click()
    await bensPage.getByRole('menuitem', { name: 'Move left' }).click()
    await annsPage.context().setOffline(false)
    for (const page of [annsPage, bensPage]) {
      await expect.poll(() => listCardTitles(page, 'Doing')).toEqual([])
      await expect.poll(() => listCardTitles(page, 'In review')).toContain('Draw the lamp')
      await expect.poll(() => listCardTitles(page, 'To do')).toContain('Write the price list')
    }

    const viewersPage = await openAs(vic, path)
    await viewersPage.getByText('View only').first().waitFor()
    await getLane(viewersPage, 'In review').getByText('Draw the lamp').waitFor()
    expect(await viewersPage.getByRole('button', { name: /Add a task|Move / }).count()).toBe(0)
    const titlesBefore = await listCardTitles(viewersPage, 'In review')
    await viewersPage.getByRole('button', { name: 'Draw the lamp' }).focus()
    await viewersPage.keyboard.press('Space')
    await viewersPage.keyboard.press('ArrowRight')
    expect(await listCardTitles(viewersPage, 'In review')).toEqual(titlesBefore)
    await captureFittingPage(viewersPage, 'board-viewer')
    // the viewer can switch to the text
    await viewersPage.getByText('Text', { exact: true }).click()
    await viewersPage.locator('.rich-text').waitFor()
  })

  test('two people edit a plan: both see the sprints, milestones, risks and figures', async () => {
    const ann = await registerPerson(workspace.url, 'Ann')
    const ben = await registerPerson(workspace.url, 'Ben')
    const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Lanternfish' })
    await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
    const planPath = `/api/ventures/${venture.id}/plan`
    const path = `/documents/${venture.planDocumentName}`
    const annsPage = await openAs(ann, path)
    const bensPage = await openAs(ben, path, phoneWindow)
    await captureFittingPage(annsPage, 'plan-empty')
    await annsPage.getByRole('button', { name: 'Begin today' }).click()
    await bensPage.getByText('Sprint 2').first().waitFor()

    await bensPage.getByLabel('Team formed is achieved').check()
    await expect.poll(() => annsPage.getByLabel('Team formed is achieved').isChecked()).toBe(true)

    await annsPage.getByRole('button', { name: 'Risk' }).click()
    await annsPage.getByRole('textbox', { name: 'What may happen' }).fill('The seal leaks')
    await annsPage.getByRole('spinbutton', { name: 'How bad, 1 to 5', exact: true }).fill('5')
    await annsPage.getByRole('spinbutton', { name: 'How likely, 1 to 5', exact: true }).fill('3')
    await annsPage.getByRole('button', { name: 'Save' }).click()
    await bensPage.getByText('The seal leaks').waitFor()
    expect(await bensPage.locator('.risk-list .risk-score').first().getAttribute('data-risk-level')).toBe('high')

    for (const [section, input] of [
      ['goals', { title: 'Ten divers who want one', target: 10, current: 4, unit: 'divers', dueOn: '2027-03-30', specific: 'Ten orders' }],
      ['goals', { title: 'Lamp survives ten metres', target: 10, current: 8, unit: 'metres' }],
      ['raci', { activity: 'Build the lamp', responsible: 'Ann', accountable: 'Ben', consulted: 'Wen', state: 'IN_PROGRESS' }],
      ['raci', { activity: 'Agree on a price', responsible: 'Ben', accountable: 'Ann', state: 'BLOCKED' }],
      ['risks', { title: 'No money', impact: 4, probability: 2, kind: 'FINANCIAL', mitigation: 'Ask the umbrella' }],
      ['figures', { name: 'Orders', unit: 'lamps' }],
    ] as const)
      expect((await ann.request('POST', `${planPath}/${section}`, input)).status).toBe(201)
    const { figures } = (await ann.request('GET', planPath)).body
    for (const [on, value] of [
      ['2027-03-01', 1],
      ['2027-03-05', 3],
      ['2027-03-09', 8],
    ])
      await ann.request('POST', `${planPath}/readings`, { figureId: figures[0].id, on, value })
    for (const page of [annsPage, bensPage])
      await page.getByRole('img', { name: /Orders from 2027-03-01 to 2027-03-09: 1, 3, 8 lamps/ }).waitFor()
    await ann.request('PATCH', `${planPath}/phases/foundation`, { state: 'IN_PROGRESS' })
    await annsPage.getByText('In progress').first().waitFor()
    await waitUntilSaved(annsPage)
    await captureFittingPage(annsPage, 'plan')
    await captureFittingPage(bensPage, 'plan')
  })
})
