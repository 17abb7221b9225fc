import CommandFrame
import OperatorCommands

await CommandFrame.run(SambungCommand.self, explaining: explain)
