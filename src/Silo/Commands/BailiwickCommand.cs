using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Bailiwick.Silo.Logs;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Commands;

/// <summary>Runs the server until a signal asks it to stop.</summary>
internal delegate Task Serve(IConfiguration configuration, SiloSettings settings, StopSignals signals);

/// <summary>
/// The command line: parts settings from words, runs the command that the words name, and turns how it ended into an
/// exit code and at most one line on standard error. The only place that does.
/// </summary>
internal sealed class BailiwickCommand(Serve serve, PasswordReset? passwordReset, StopSignals signals)
{
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var (settings, words) = SettingArguments.Split(arguments);
            var parsed = Tree(settings).Parse(words);
            if (parsed.Errors is [var error, ..] && parsed.Action is not (HelpWithSettings or PrintVersion))
                return Report($"{OneLine.Of(error.Message)} See 'bailiwick --help'.", ExitCode.Failed);
            // Signals and failures are handled here, not by the parser.
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, CancellationToken.None);
        }
        catch (BadSettingException fault)
        {
            return Report(fault.Message, ExitCode.BadSetting);
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
#pragma warning disable CA1031 // The outermost frame: what nobody foresaw becomes one line and the exit code that the contract gives it.
        catch (Exception fault)
        {
            return Report($"failed: {OneLine.Of(fault.ToString())}", ExitCode.Failed);
        }
#pragma warning restore CA1031
    }

    private RootCommand Tree(IReadOnlyDictionary<string, string?> commandLine)
    {
        var root = new RootCommand("An open, self-hosted device cloud. Without a command it serves.");
        root.SetAction(async _ =>
        {
            var (configuration, settings) = Read(commandLine);
            await serve(configuration, settings, signals);
            return ExitCode.Done;
        });

        var check = new Command("check", "Read the settings, try storage, certificates and ports, say what would be done, and change nothing.");
        check.SetAction(_ => CheckCommand.Run(Read(commandLine).Settings, Console.Out, Console.Error));
        root.Subcommands.Add(check);

        var user = new Argument<string>("TENANT/USER") { Description = "The user, as t1/admin." };
        var reset = new Command("reset-password", "On a stopped store, set a new random password and print it once.") { user };
        reset.SetAction(parsed => ResetPasswordCommand.RunAsync(parsed.GetRequiredValue(user), Read(commandLine).Settings, passwordReset, signals.Asked));
        root.Subcommands.Add(reset);

        foreach (var option in root.Options)
            option.Action = option switch
            {
                HelpOption { Action: HelpAction help } => new HelpWithSettings(help),
                VersionOption => new PrintVersion(),
                _ => option.Action,
            };
        return root;
    }

    private static (IConfiguration Configuration, SiloSettings Settings) Read(IReadOnlyDictionary<string, string?> commandLine)
    {
        var configuration = SettingsSources.Read(commandLine);
        return (configuration, SiloSettings.Read(configuration));
    }

    private static int Report(string line, int exitCode)
    {
        Console.Error.WriteLine($"bailiwick: {line}");
        return exitCode;
    }

    /// <summary>The parser's help, followed by the settings table.</summary>
    private sealed class HelpWithSettings(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Settings (--KEY=VALUE here, KEY with __ for : in the environment, or appsettings.json beside the executable):");
            foreach (var setting in SettingsTable.All)
                output.WriteLine($"  {setting.Key,-34} {setting.Meaning}{(setting.Default is null ? "" : $" [{setting.Default}]")}");
            return ExitCode.Done;
        }
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"bailiwick {ProductVersion.Text}");
            return ExitCode.Done;
        }
    }
}
