namespace Bailiwick.Silo.Commands;

/// <summary>How the process ends; service managers and scripts act on these.</summary>
internal static class ExitCode
{
    /// <summary>Done, or stopped because SIGTERM or SIGINT asked.</summary>
    public const int Done = 0;

    /// <summary>Anything that is neither of the others.</summary>
    public const int Failed = 1;

    /// <summary>A setting is wrong; one line on standard error says which.</summary>
    public const int BadSetting = 2;
}
