import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('templates, fields and clauses in the workspace', (workspace) => {
  const getText = (page: Page) => page.locator('.rich-text')

  test('two people fill the fields of a draft from a template, and reuse a saved clause in another draft', async () => {
    const ada = await registerPerson(workspace.url, 'Ada')
    const ben = await registerPerson(workspace.url, 'Ben')
    const { body: venture } = await ada.request('POST', '/api/ventures', { name: 'Lanternfish', purpose: 'Light for divers' })
    await ada.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
    const adasPage = await workspace.openAs(ada)
    const bensPage = await workspace.openAs(ben, '/', phoneWindow)

    await adasPage.getByRole('button', { name: 'New' }).click()
    await adasPage.getByLabel('Begin with').selectOption({ label: 'Mutual non-disclosure agreement' })
    await adasPage
      .getByRole('region', { name: /Preview/ })
      .getByText('Why we talk')
      .waitFor()
    expect(await adasPage.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('Mutual non-disclosure agreement')
    await adasPage.getByLabel('In a venture').selectOption({ label: 'Lanternfish' })
    await screenshot(adasPage, 'new-from-template')
    await adasPage.getByRole('dialog').locator('button[type=submit]').click()
    await getText(adasPage).getByText('This is a sample, not legal advice.').waitFor()
    const getField = (page: Page, text: string) => getText(page).locator('.template-field', { hasText: text })
    await getField(adasPage, 'Lanternfish').waitFor()
    expect(await getField(adasPage, 'Second party').count()).toBe(2)
    await waitUntilSaved(adasPage)
    await screenshot(adasPage, 'draft-from-template')

    await bensPage.getByRole('button', { name: 'New' }).click()
    await bensPage.getByLabel('Begin with').selectOption({ label: 'Venture charter' })
    await bensPage.getByRole('region', { name: /Preview/ }).waitFor()
    await screenshot(bensPage, 'new-from-template')
    await bensPage.goto(adasPage.url())
    await getField(bensPage, 'Second party').first().waitFor()
    await getField(adasPage, 'Second party').first().click()
    const panel = adasPage.getByRole('dialog', { name: 'Fields' })
    const secondPartyInput = panel.getByRole('textbox', { name: 'Second party' })
    await waitUntil(
      () => secondPartyInput.evaluate((element) => element === document.activeElement),
      'the selected field to have the focus',
    )
    // select one of the people of the document, then type another name
    await panel.getByRole('group', { name: 'People for Second party' }).getByText('Ada').waitFor()
    await screenshot(adasPage, 'people')
    await panel.getByRole('group', { name: 'People for Second party' }).getByRole('button', { name: 'Ben' }).click()
    await getField(bensPage, 'Ben').first().waitFor()
    await secondPartyInput.fill('')
    await adasPage.keyboard.type('Northwind Ltd')
    await getField(bensPage, 'Northwind Ltd').first().waitFor()
    expect(await getField(bensPage, 'Northwind Ltd').count()).toBe(2)
    await adasPage.keyboard.press('Enter')
    await adasPage.keyboard.type('north@example.org')
    await waitUntilSaved(adasPage)
    await screenshot(adasPage, 'fields')
    const { body: fields } = await ada.request('GET', `/api/legal/documents/${adasPage.url().split('legal:')[1]}/variables`)
    expect(fields.empty).toEqual(['purpose', 'years', 'governing-law'])

    await bensPage.getByRole('button', { name: 'Fields, 3 empty' }).click()
    await bensPage.getByRole('dialog', { name: 'Fields' }).getByLabel('Governing law').fill('Belgium')
    await screenshot(bensPage, 'fields')
    await getField(adasPage, 'Belgium').waitFor()
    await bensPage.getByRole('dialog', { name: 'Fields' }).getByRole('button', { name: 'Close' }).click()
    await screenshot(bensPage, 'draft')
    await adasPage.getByRole('dialog', { name: 'Fields' }).getByRole('button', { name: 'Close' }).click()

    // copied text has the values of the fields
    await getText(adasPage).getByText('1. Why we talk').click()
    await adasPage.keyboard.press('ControlOrMeta+a')
    const copied = await getText(adasPage).evaluate((element) => {
      const clipboardData = new DataTransfer()
      element.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
      return clipboardData.getData('text/plain')
    })
    expect(copied).toContain('for the venture Lanternfish, and Northwind Ltd (north@example.org).')

    // insert a new field at the caret
    await getText(adasPage).getByText('Nothing here gives anybody').click()
    await adasPage.keyboard.press('End')
    await adasPage.getByRole('button', { name: 'Insert a field' }).click()
    await adasPage.getByRole('combobox', { name: 'Field' }).fill('Place of delivery')
    await screenshot(adasPage, 'insert-field')
    await adasPage.getByRole('dialog', { name: 'Insert a field' }).getByRole('button', { name: 'Insert' }).click()
    await getField(bensPage, 'Place of delivery').waitFor()

    // save the selection as a clause
    const section = getText(adasPage).locator('p', { hasText: 'Nothing here gives anybody' })
    await section.click({ clickCount: 3 })
    await adasPage.getByRole('button', { name: 'Clauses' }).click()
    await adasPage.getByRole('button', { name: 'Save the selection as a clause' }).click()
    await adasPage.getByRole('textbox', { name: 'Name' }).fill('No licence')
    await adasPage.getByRole('combobox', { name: 'Tags' }).fill('rights')
    await adasPage.keyboard.press('Enter')
    await screenshot(adasPage, 'save-clause')
    await adasPage.getByRole('button', { name: 'Save' }).click()
    await adasPage.getByRole('button', { name: 'No licence' }).waitFor()

    // the other person finds the clause and inserts it into another draft
    const { body: otherDraft } = await ben.request('POST', '/api/legal/documents', { title: 'Other draft', ventureId: venture.id })
    await bensPage.goto(`${workspace.url}/documents/${otherDraft.documentName}`)
    await getText(bensPage).click()
    await bensPage.keyboard.type('First line.')
    await waitUntilSaved(bensPage)
    await bensPage.getByRole('button', { name: 'Clauses' }).click()
    await bensPage.getByLabel('Search clauses').fill('rights ideas')
    await bensPage.getByRole('button', { name: 'Insert No licence' }).click()
    await getText(bensPage).getByText('Nothing here gives anybody').waitFor()
    // on a phone the library covers the text and closes after an insertion
    await bensPage.getByRole('dialog', { name: 'Clauses' }).waitFor({ state: 'hidden' })
    await bensPage.getByRole('button', { name: 'Clauses' }).click()
    await bensPage.getByRole('button', { name: 'No licence' }).click()
    await bensPage.getByRole('link', { name: 'Other draft' }).waitFor()
    await screenshot(bensPage, 'clauses')
    await bensPage.getByRole('dialog', { name: 'Clauses' }).getByRole('button', { name: 'Close' }).click()
    await waitUntilSaved(bensPage)
    const { body: clauses } = await ada.request('GET', '/api/legal/clauses')
    const { body: clauseUses } = await ada.request('GET', `/api/legal/clauses/${clauses.items[0].id}/uses`)
    expect(clauseUses.items.map(({ title }: { title: string }) => title)).toEqual(['Other draft'])
    expect((await getText(bensPage).textContent())?.replace(/\u2060/g, '')).toMatch(/^First line\.Nothing here gives anybody/)
    await adasPage.getByRole('button', { name: 'No licence' }).click()
    await adasPage.getByRole('link', { name: 'Other draft' }).waitFor()
    await screenshot(adasPage, 'clauses')

    // in suggestion mode a clause is inserted as a suggestion, also with a field
    const createClause = async (name: string, ...content: object[]) => {
      const document = { type: 'doc', content: [{ type: 'paragraph', content }] }
      const { status, body } = await ada.request('POST', '/api/legal/clauses', { name, content: document, ventureId: venture.id })
      expect(status, JSON.stringify(body)).toBe(201)
      return body.id as string
    }
    await createClause('Plain', { type: 'text', text: 'Plain words.' })
    const clauseWithField = await createClause(
      'Fielded',
      { type: 'text', text: 'Held at ' },
      { type: 'variable', attrs: { name: 'Place' } },
    )
    await bensPage.getByRole('switch', { name: 'Suggesting' }).click()
    await getText(bensPage).getByText('First line.').click()
    await bensPage.getByRole('button', { name: 'Clauses' }).click()
    await bensPage.getByLabel('Search clauses').fill('fielded')
    await bensPage.getByRole('button', { name: 'Insert Fielded' }).click()
    await getText(bensPage).locator('[data-block-suggestion="insert"]', { hasText: 'Held at' }).waitFor()
    await bensPage.getByRole('dialog', { name: 'Clauses' }).waitFor({ state: 'hidden' })
    await bensPage.getByRole('button', { name: 'Clauses' }).click()
    await bensPage.getByLabel('Search clauses').fill('plain')
    await bensPage.getByRole('button', { name: 'Insert Plain' }).click()
    await getText(bensPage).locator('[data-block-suggestion="insert"]', { hasText: 'Plain words.' }).waitFor()
    await waitUntilSaved(bensPage)
    expect((await ada.request('GET', `/api/legal/clauses/${clauseWithField}/uses`)).body.items).toHaveLength(1)
    const { body: suggested } = await ben.request('GET', `/api/documents/${otherDraft.documentName}/suggestions`)
    expect(suggested.items).toMatchObject([
      { kind: 'insert-block', userId: ben.id },
      { kind: 'insert-block', userId: ben.id },
    ])
  })
})
