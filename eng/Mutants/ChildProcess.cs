using System.Diagnostics;

namespace Bailiwick.Mutants;

internal static class ChildProcess
{
    /// <summary>What a program wrote to its standard output; it fails when the program does.</summary>
    public static string Capture(string program, string[] arguments)
    {
        using var process = Start(program, arguments, Environment.CurrentDirectory);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {arguments[0]} ended with exit code {process.ExitCode}.\n{output}{errors.Result}");
    }

    public static Process Start(string program, string[] arguments, string folder, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.StandardInput.Close();
        return process;
    }
}
