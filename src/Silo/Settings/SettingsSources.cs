using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Bailiwick.Silo.Settings;

/// <summary>
/// Where settings come from, the later ones winning: <c>appsettings.json</c> beside the executable, the environment
/// (<c>__</c> for <c>:</c>), the command line. Refuses keys of our sections that name no setting.
/// </summary>
internal static class SettingsSources
{
    private const string FileName = "appsettings.json";

    /// <summary>Reads all sources once; they are not watched.</summary>
    /// <exception cref="BadSettingException">The file is no JSON object, or a key is unknown.</exception>
    public static IConfigurationRoot Read(IReadOnlyDictionary<string, string?> commandLine)
    {
        var sources = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile(FileName, optional: true, reloadOnChange: false)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(commandLine);
        var configuration = Load(sources);
        foreach (var section in SettingsTable.Sections) RefuseUnknownKeys(configuration, section);
        return configuration;
    }

    private static IConfigurationRoot Load(IConfigurationBuilder sources)
    {
        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        try
        {
            return sources.Build();
        }
        catch (Exception fault) when (fault is InvalidDataException or FormatException)
        {
            throw BadSettingException.File(path, $"is not JSON: {fault.GetBaseException().Message}", fault);
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException or IOException)
        {
            throw BadSettingException.File(path, "cannot be read", fault);
        }
    }

    private static void RefuseUnknownKeys(IConfigurationRoot configuration, string section)
    {
        foreach (var (key, value) in configuration.GetSection(section).AsEnumerable())
        {
            var isSectionItself = string.Equals(key, section, StringComparison.OrdinalIgnoreCase);
            // A variable that happens to be called LIMITS or CLUSTER is the environment's own affair.
            if (isSectionItself && !SetOutsideEnvironment(configuration, section)) continue;
            if (value is null || SettingsTable.All.Any(setting => string.Equals(setting.Key, key, StringComparison.OrdinalIgnoreCase))) continue;
            throw BadSettingException.Unknown(key);
        }
    }

    private static bool SetOutsideEnvironment(IConfigurationRoot configuration, string key) =>
        configuration.Providers.Any(provider => provider is not EnvironmentVariablesConfigurationProvider && provider.TryGet(key, out _));
}
