import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('templates, fields and clauses in the workspace', (workspace) => {
  const paper = (page: Page) => page.locator('.rich-text')

  test('two people fill the fields of a draft from a template, and reuse a saved clause in another draft', async () => {
    const ada = await registerPerson(workspace.url, 'Ada')
    const ben = await registerPerson(workspace.url, 'Ben')
    const { body: venture } = await ada.request('POST', '/api/ventures', { name: 'Lanternfish', purpose: 'Light for divers' })
    await ada.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
    const here = await workspace.openAs(ada)
    const there = await workspace.openAs(ben, '/', phoneWindow)

    await here.getByRole('button', { name: 'New' }).click()
    await here.getByLabel('Begin with').selectOption({ label: 'Mutual non-disclosure agreement' })
    await here
      .getByRole('region', { name: /Preview/ })
      .getByText('Why we talk')
      .waitFor()
    expect(await here.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('Mutual non-disclosure agreement')
    await here.getByLabel('In a venture').selectOption({ label: 'Lanternfish' })
    await screenshot(here, 'new-from-template')
    await here.getByRole('dialog').locator('button[type=submit]').click()
    await paper(here).getByText('This is a sample, not legal advice.').waitFor()
    const field = (page: Page, words: string) => paper(page).locator('.template-field', { hasText: words })
    await field(here, 'Lanternfish').waitFor()
    expect(await field(here, 'Second party').count()).toBe(2)
    await waitUntilSaved(here)
    await screenshot(here, 'draft-from-template')

    await there.getByRole('button', { name: 'New' }).click()
    await there.getByLabel('Begin with').selectOption({ label: 'Venture charter' })
    await there.getByRole('region', { name: /Preview/ }).waitFor()
    await screenshot(there, 'new-from-template')
    await there.goto(here.url())
    await field(there, 'Second party').first().waitFor()
    await field(here, 'Second party').first().click()
    const panel = here.getByRole('dialog', { name: 'Fields' })
    const entry = panel.getByRole('textbox', { name: 'Second party' })
    await waitUntil(() => entry.evaluate((element) => element === document.activeElement), 'the field that was asked for to have the focus')
    // select one of the people of the document, then type another name
    await panel.getByRole('group', { name: 'People for Second party' }).getByText('Ada').waitFor()
    await screenshot(here, 'people')
    await panel.getByRole('group', { name: 'People for Second party' }).getByRole('button', { name: 'Ben' }).click()
    await field(there, 'Ben').first().waitFor()
    await entry.fill('')
    await here.keyboard.type('Northwind Ltd')
    await field(there, 'Northwind Ltd').first().waitFor()
    expect(await field(there, 'Northwind Ltd').count()).toBe(2)
    await here.keyboard.press('Enter')
    await here.keyboard.type('north@example.org')
    await waitUntilSaved(here)
    await screenshot(here, 'fields')
    const { body: fields } = await ada.request('GET', `/api/legal/documents/${here.url().split('legal:')[1]}/variables`)
    expect(fields.empty).toEqual(['purpose', 'years', 'governing-law'])

    await there.getByRole('button', { name: 'Fields, 3 empty' }).click()
    await there.getByRole('dialog', { name: 'Fields' }).getByLabel('Governing law').fill('Belgium')
    await screenshot(there, 'fields')
    await field(here, 'Belgium').waitFor()
    await there.getByRole('dialog', { name: 'Fields' }).getByRole('button', { name: 'Close' }).click()
    await screenshot(there, 'draft')
    await here.getByRole('dialog', { name: 'Fields' }).getByRole('button', { name: 'Close' }).click()

    // copied text has the values of the fields
    await paper(here).getByText('1. Why we talk').click()
    await here.keyboard.press('ControlOrMeta+a')
    const copied = await paper(here).evaluate((element) => {
      const clipboardData = new DataTransfer()
      element.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
      return clipboardData.getData('text/plain')
    })
    expect(copied).toContain('for the venture Lanternfish, and Northwind Ltd (north@example.org).')

    // insert a new field at the caret
    await paper(here).getByText('Nothing here gives anybody').click()
    await here.keyboard.press('End')
    await here.getByRole('button', { name: 'Insert a field' }).click()
    await here.getByRole('combobox', { name: 'Field' }).fill('Place of delivery')
    await screenshot(here, 'insert-field')
    await here.getByRole('dialog', { name: 'Insert a field' }).getByRole('button', { name: 'Insert' }).click()
    await field(there, 'Place of delivery').waitFor()

    // save the selection as a clause
    const section = paper(here).locator('p', { hasText: 'Nothing here gives anybody' })
    await section.click({ clickCount: 3 })
    await here.getByRole('button', { name: 'Clauses' }).click()
    await here.getByRole('button', { name: 'Save the selection as a clause' }).click()
    await here.getByRole('textbox', { name: 'Name' }).fill('No licence')
    await here.getByRole('combobox', { name: 'Tags' }).fill('rights')
    await here.keyboard.press('Enter')
    await screenshot(here, 'save-clause')
    await here.getByRole('button', { name: 'Save' }).click()
    await here.getByRole('button', { name: 'No licence' }).waitFor()

    // the other person finds the clause and inserts it into another draft
    const { body: other } = await ben.request('POST', '/api/legal/documents', { title: 'Other draft', ventureId: venture.id })
    await there.goto(`${workspace.url}/documents/${other.documentName}`)
    await paper(there).click()
    await there.keyboard.type('First line.')
    await waitUntilSaved(there)
    await there.getByRole('button', { name: 'Clauses' }).click()
    await there.getByLabel('Search clauses').fill('rights ideas')
    await there.getByRole('button', { name: 'Insert No licence' }).click()
    await paper(there).getByText('Nothing here gives anybody').waitFor()
    // on a phone the library covers the text and closes after an insertion
    await there.getByRole('dialog', { name: 'Clauses' }).waitFor({ state: 'hidden' })
    await there.getByRole('button', { name: 'Clauses' }).click()
    await there.getByRole('button', { name: 'No licence' }).click()
    await there.getByRole('link', { name: 'Other draft' }).waitFor()
    await screenshot(there, 'clauses')
    await there.getByRole('dialog', { name: 'Clauses' }).getByRole('button', { name: 'Close' }).click()
    await waitUntilSaved(there)
    const { body: uses } = await ada.request('GET', '/api/legal/clauses')
    const { body: used } = await ada.request('GET', `/api/legal/clauses/${uses.items[0].id}/uses`)
    expect(used.items.map(({ title }: { title: string }) => title)).toEqual(['Other draft'])
    expect((await paper(there).textContent())?.replace(/\u2060/g, '')).toMatch(/^First line\.Nothing here gives anybody/)
    await here.getByRole('button', { name: 'No licence' }).click()
    await here.getByRole('link', { name: 'Other draft' }).waitFor()
    await screenshot(here, 'clauses')

    // in suggestion mode a clause is inserted as a suggestion; a clause with a field is refused and not counted as a use
    const clause = async (name: string, ...content: object[]) => {
      const words = { type: 'doc', content: [{ type: 'paragraph', content }] }
      const { status, body } = await ada.request('POST', '/api/legal/clauses', { name, content: words, ventureId: venture.id })
      expect(status, JSON.stringify(body)).toBe(201)
      return body.id as string
    }
    await clause('Plain', { type: 'text', text: 'Plain words.' })
    const fielded = await clause('Fielded', { type: 'text', text: 'Held at ' }, { type: 'variable', attrs: { name: 'Place' } })
    await there.getByRole('switch', { name: 'Suggesting' }).click()
    await paper(there).getByText('First line.').click()
    await there.getByRole('button', { name: 'Clauses' }).click()
    await there.getByLabel('Search clauses').fill('fielded')
    // the message is visible only for a short time
    const said = there.getByText('This change cannot be suggested').waitFor()
    await there.getByRole('button', { name: 'Insert Fielded' }).click()
    await said
    await there.getByRole('dialog', { name: 'Clauses' }).waitFor({ state: 'hidden' })
    await there.getByRole('button', { name: 'Clauses' }).click()
    await there.getByLabel('Search clauses').fill('plain')
    await there.getByRole('button', { name: 'Insert Plain' }).click()
    await paper(there).locator('[data-block-suggestion="insert"]', { hasText: 'Plain words.' }).waitFor()
    await waitUntilSaved(there)
    expect((await ada.request('GET', `/api/legal/clauses/${fielded}/uses`)).body.items).toEqual([])
    const { body: suggested } = await ben.request('GET', `/api/documents/${other.documentName}/suggestions`)
    expect(suggested.items).toMatchObject([{ kind: 'insert-block', userId: ben.id }])
  })
})
