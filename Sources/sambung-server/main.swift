import ServerCommands

await ServerProgram.run()
