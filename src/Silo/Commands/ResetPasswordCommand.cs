using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Silo.Logs;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Commands;

/// <summary>
/// Sets a new random password of one user in the store of a folder that this process holds, with its audit record.
/// </summary>
/// <returns>The password, to be shown once; null when there is no such user.</returns>
internal delegate Task<string?> PasswordReset(UserId user, SiloSettings settings, DataFolder data, CancellationToken stop);

/// <summary><c>bailiwick reset-password TENANT/USER</c>: the way back in for whoever owns the machine.</summary>
internal static class ResetPasswordCommand
{
    /// <exception cref="BadSettingException">The data folder cannot be opened, for instance because the server is running.</exception>
    public static async Task<int> RunAsync(string argument, SiloSettings settings, PasswordReset? reset, CancellationToken stop)
    {
        if (Parse(argument) is not { } user)
            return Fail($"'{OneLine.Of(argument)}' names no user; write TENANT/USER, as t1/admin");
        if (reset is null)
            return Fail("this build has no store in which to reset a password");
        if (!Directory.Exists(settings.Storage.Path))
            return Fail($"there is no store in {OneLine.Of(settings.Storage.Path)} (setting {SettingsTable.StoragePath.Key})");

        using var data = DataFolder.Open(settings.Storage);
        if (await reset(user, settings, data, stop) is not { } password)
            return Fail($"there is no user {user} in {OneLine.Of(data.Path)}");
        Console.Out.WriteLine($"The new password of {user} is {password}");
        return ExitCode.Done;
    }

    private static UserId? Parse(string argument) =>
        argument.Split('/') is [var tenant, var name] && TenantId.TryParse(tenant, out var id) && UserId.IsName(name) ? new UserId(id, name) : null;

    private static int Fail(string why)
    {
        Console.Error.WriteLine($"bailiwick: reset-password: {why}");
        return ExitCode.Failed;
    }
}
