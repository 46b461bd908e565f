using System.Globalization;

namespace Bailiwick.Demo;

/// <summary>What the command line asked for.</summary>
internal sealed record DemoOptions(int Devices, int? Seconds, IReadOnlyList<string> Settings)
{
    private const int DevicesDefault = 100;
    private const int DevicesMax = 1_000;

    public static bool TryParse(string[] arguments, out DemoOptions options, out string wrong)
    {
        var (devices, seconds, settings) = (DevicesDefault, (int?)null, new List<string>());
        (options, wrong) = (new(devices, null, settings), "");
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument is "--devices" or "--seconds")
            {
                var most = argument == "--devices" ? DevicesMax : int.MaxValue;
                if (++i == arguments.Length || !int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > most)
                {
                    wrong = $"{argument} wants a whole number from 1 to {most}.";
                    return false;
                }
                if (argument == "--devices") devices = number;
                else seconds = number;
            }
            else if (argument.StartsWith("--", StringComparison.Ordinal) && argument.Contains(':', StringComparison.Ordinal) && argument.Contains('=', StringComparison.Ordinal)) settings.Add(argument);
            else
            {
                wrong = $"'{argument}' is not known.";
                return false;
            }
        }
        options = new(devices, seconds, settings);
        return true;
    }
}

/// <summary>The demonstration cannot go on; the message says why.</summary>
internal sealed class DemoException(string message) : Exception(message);
