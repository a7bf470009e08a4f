-- A session of neovim's own client with the server: opens a file, types, asks, and writes down what it has seen.
-- Arguments in the environment: SERVER (the command), FILE (the source), RESULT (where to write).

local server, file, result = vim.env.SERVER, vim.env.FILE, vim.env.RESULT
local seen = {}

local function finish()
  local out = io.open(result, "w")
  out:write(vim.fn.json_encode(seen))
  out:close()
  vim.cmd("qall!")
end

local function wait(what, condition)
  if not vim.wait(30000, condition, 20) then
    seen.failed = what
    finish()
  end
end

vim.cmd("edit " .. vim.fn.fnameescape(file))
local buffer = vim.api.nvim_get_current_buf()
local client = vim.lsp.start_client({
  name = "zktr",
  cmd = { server, "lsp" },
  root_dir = vim.fn.fnamemodify(file, ":h"),
})
vim.lsp.buf_attach_client(buffer, client)
wait("initialize", function()
  local c = vim.lsp.get_client_by_id(client)
  return c ~= nil and c.initialized == true
end)

local function diagnostics()
  return vim.diagnostic.get(buffer)
end

local function request(method, line, column, more)
  local params = vim.tbl_extend("force", {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    position = { line = line, character = column },
  }, more or {})
  local answers, failure = vim.lsp.buf_request_sync(buffer, method, params, 30000)
  if not answers or not answers[client] then
    seen.failed = method .. ": " .. tostring(failure)
    finish()
  end
  return answers[client].result
end

wait("diagnostics", function() return #diagnostics() == 1 end)
seen.error = diagnostics()[1].message
seen.error_line = diagnostics()[1].lnum
seen.error_column = diagnostics()[1].col

-- The fix, as the editor applies it.
local here = { start = { line = 1, character = 0 }, ["end"] = { line = 1, character = 20 } }
local actions = request("textDocument/codeAction", 1, 0, { range = here, context = { diagnostics = {} } })
vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
seen.fixed = vim.api.nvim_buf_get_lines(buffer, 1, 2, false)[1]
wait("no diagnostics", function() return #diagnostics() == 0 end)

seen.hover = request("textDocument/hover", 1, 6).contents.value
seen.definition = request("textDocument/definition", 2, 6)[1].range.start

-- Typing, with a character of two UTF-16 units before it.
vim.api.nvim_buf_set_lines(buffer, 3, 3, false, { "\t/* 𝄞 */ j enty" })
wait("diagnostics of what is typed", function() return #diagnostics() == 0 end)
vim.api.nvim_buf_set_text(buffer, 3, 14, 3, 15, { "n" })
local edit = request("textDocument/rename", 0, 1, { newName = "start" })
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
seen.renamed = vim.api.nvim_buf_get_lines(buffer, 0, 3, false)

local list = request("textDocument/completion", 1, 3)
seen.completions = #(list.items or list)
seen.symbols = vim.tbl_map(function(s) return s.name end, request("textDocument/documentSymbol", 0, 0))
vim.lsp.buf.formatting_sync({}, 30000)
seen.formatted = vim.api.nvim_buf_get_lines(buffer, 0, 3, false)

vim.lsp.stop_client(client)
wait("the end", function() return vim.lsp.get_client_by_id(client) == nil end)
finish()
