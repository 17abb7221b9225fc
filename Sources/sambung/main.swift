import OperatorCommands

await OperatorProgram.run()
